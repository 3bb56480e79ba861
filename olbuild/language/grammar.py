"""From a grammar to a parser: lark's tables are computed once, and kept in the user's own cache folder.

What is kept is JSON and no pickle, in a folder that only the user can write: reading it can at worst give wrong tables,
which the key (grammar, start symbols, lark's version) makes unlikely, and never run anything. A cache that cannot be
read or written costs the 30 ms that it saves.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from olbuild.core.resources import resource

if TYPE_CHECKING:
    from lark import Lark

_LAYOUT = 1  # of the cache's documents
_PAIRS = "pairs"  # JSON has text keys only, and lark's tables have numbers


def load_grammar(name: str, start: tuple[str, ...]) -> Lark:
    """Return the LALR parser of a grammar such as ``modelfile.lark``, with these start symbols.

    Raises:
        FileNotFoundError: if the installation lacks the grammar.
    """
    import lark  # noqa: PLC0415 - what a Modelfile means can be used without its parser

    text = resource(f"grammar/{name}").read_text(encoding="utf-8")
    identity = "\0".join([str(_LAYOUT), lark.__version__, *start, text])
    path = _folder() / f"{hashlib.sha256(identity.encode()).hexdigest()}.json"
    parser = _read(path)
    if parser is None:
        parser = lark.Lark(text, parser="lalr", start=list(start), maybe_placeholders=True)
        _write(path, parser)
    return parser


def _folder() -> Path:
    import platformdirs  # noqa: PLC0415 - only a parser needs it

    return Path(platformdirs.user_cache_dir("olbuild", appauthor=False)) / "grammars"


def _read(path: Path) -> Lark | None:
    """Return the parser that was kept, if it can be believed."""
    from lark import Lark  # noqa: PLC0415 - loaded by now

    try:
        folder = path.parent.stat()
        if folder.st_uid != os.geteuid() or stat.S_IMODE(folder.st_mode) & 0o022:
            return None
        document = json.loads(path.read_bytes(), object_hook=_restore)
        return Lark.__new__(Lark)._load(document)  # noqa: SLF001 - the only way in that takes data and not a pickle
    except Exception:  # noqa: BLE001 - whatever is wrong with the cache, the grammar is right
        return None


def _write(path: Path, parser: Lark) -> None:
    from lark.grammar import Rule  # noqa: PLC0415 - loaded by now
    from lark.lexer import TerminalDef  # noqa: PLC0415

    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        data, memo = parser.memo_serialize([TerminalDef, Rule])
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(_prepare({"data": data, "memo": memo}), file)
        Path(temporary).replace(path)


def _prepare(value: Any) -> Any:  # noqa: ANN401 - lark's tables are plain data of any shape
    """Return data as JSON can hold them: mappings with other keys than text become lists of pairs."""
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: _prepare(item) for key, item in value.items()}
        return {_PAIRS: [[key, _prepare(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_prepare(item) for item in value]
    return value


def _restore(value: dict[str, Any]) -> dict[Any, Any]:
    return dict(value[_PAIRS]) if value.keys() == {_PAIRS} else value
