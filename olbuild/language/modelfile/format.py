"""Lines of a Modelfile in their one form.

- An instruction is its keyword in capitals, one blank, its name and one blank if it has one, and its value.
- Quotes around a value are chosen by ``quoting``; between them no byte is changed, line endings included.
- Comments stay where they are, without blanks before and behind them. Blank lines between lines become one.
- Lines end in LF, and so does the last one. There is no byte order mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Diagnostic, Source, Span
from olbuild.language.modelfile.commands import PROSE
from olbuild.language.modelfile.elaborate import ordered
from olbuild.language.modelfile.encoding import is_lossless
from olbuild.language.modelfile.expand import expand
from olbuild.language.modelfile.extensions import split_stage
from olbuild.language.modelfile.instructions import Dialect, Modelfile
from olbuild.language.modelfile.lines import lines
from olbuild.language.modelfile.nodes import CommentNode, Flag, InstructionNode, Node
from olbuild.language.modelfile.parse import analyse
from olbuild.language.modelfile.quoting import write_value
from olbuild.language.modelfile.settings import merge
from olbuild.language.modelfile.visible import Visible, visible
from olbuild.language.parameters import PARAMETERS

NOT_TEXT = "OLB303"
"""The code of bytes that are no text."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BLANKS = " \t"
_ASSIGNMENTS = frozenset({"ARG", "LABEL"})
_BARE = re.compile(r"[^ \t]*")
_LINE_END = re.compile(r"\r\n|\r|\n")


def format_modelfile(data: bytes | str, *, name: str = "Modelfile", dialect: Dialect = "olbuild") -> str:
    """Return a Modelfile in its one form. It means exactly what it meant, in every dialect.

    Raises:
        ModelfileError: if the file has errors, the wrong values of parameters included, or holds bytes that are no
            text, which would be lost.
    """
    modelfile = _read(data, name, dialect)
    if isinstance(data, bytes) and not is_lossless(data):
        raise ModelfileError((not_text(modelfile.source),))
    formatted = layout(modelfile.source, dialect)
    if _read(formatted, name, dialect).instructions != modelfile.instructions:
        raise AssertionError(f"formatting would change what {name} means")  # a bug, and not one to be silent about
    return formatted


def _read(data: bytes | str, name: str, dialect: Dialect) -> Modelfile:
    """Read a file, which may be one that others include.

    Raises:
        ModelfileError: if there are errors that the file alone shows.
    """
    modelfile, found = analyse(data, name=name, dialect=dialect, part=True)
    problems = [*found, *merge(expand(modelfile, None, None).instructions)[1]]
    if any(problem.is_error for problem in problems):
        raise ModelfileError(tuple(ordered(problems, (modelfile.source,))))
    return modelfile


def not_text(source: Source) -> Diagnostic:
    """Return the finding about bytes that are no text; ``source`` is what was decoded, with U+FFFD in their place."""
    at = max(source.text.find(_REPLACEMENT), 0)
    return Diagnostic(
        code=NOT_TEXT,
        message="there are bytes that are no UTF-8, each read as U+FFFD",
        span=Span(source, at, at + 1),
        hint="save the file as UTF-8",
    )


def layout(source: Source, dialect: Dialect) -> str:
    """Return the lines of a Modelfile without errors in their one form."""
    seen = visible(source.text)
    nodes = lines(source, seen, dialect)
    written = [_write(node, source, seen, dialect) for node in nodes]
    gaps = ("", *_gaps(nodes, source))
    return "".join(f"{gap}{text}\n" for gap, text in zip(gaps, written, strict=True)) if written else ""


def _gaps(nodes: list[Node], source: Source) -> Iterator[str]:
    """Yield, for each line but the first, the empty line that stands before it, if any does."""
    for before, after in pairwise(nodes):
        ends = len(_LINE_END.findall(source.text, before.extent.end, after.extent.start))
        yield "\n" if ends > 1 else ""


def _write(node: Node, source: Source, seen: Visible, dialect: Dialect) -> str:
    if isinstance(node, CommentNode):
        return source.text[node.extent.start : node.extent.end].rstrip(_BLANKS)
    if not isinstance(node, InstructionNode):
        raise TypeError(f"{type(node).__name__} is no line of a Modelfile without errors")
    keyword = node.keyword.text.upper()
    if keyword in _ASSIGNMENTS and node.name:
        return f"{keyword} {node.name.text}={_value(node, source, seen)}"
    words = [keyword, *([node.name.text] if node.name else [])]
    if seen.dropped_between(node.extent.body, node.extent.end):
        return " ".join([*words, _value(node, source, seen)])
    if dialect == "olbuild" and keyword in _WRITERS and node.value.text and not node.value.quote:
        return f"{keyword} {_WRITERS[keyword](node.value.text)}"
    flags = [_flag(flag) for flag in node.flags]
    value = [] if node.flags and not node.value.text else [_value(node, source, seen)]
    return " ".join([*words, *flags, *value])


def _stage(text: str) -> str:
    model, stage = split_stage(text)
    return text if stage is None else f"{model} AS {stage}"


def _part(text: str) -> str:
    word, *name = text.split(maxsplit=1)
    return " ".join([word.upper(), *name])


_WRITERS = {"FROM": _stage, "UNSET": _part}
"""How values are written that have words of the language in them."""


def _flag(flag: Flag) -> str:
    value = flag.value if _BARE.fullmatch(flag.value) else f'"{flag.value}"'
    return f"--{flag.name}={value}"


def _value(node: InstructionNode, source: Source, seen: Visible) -> str:
    extent = node.extent
    if seen.dropped_between(extent.body, extent.end):
        return source.text[extent.body : extent.end].strip(_BLANKS)  # what cannot be seen is for `check` to speak of
    return write_value(node.value, word=_takes_word(node))


def _takes_word(node: InstructionNode) -> bool:
    keyword = node.keyword.text.upper()
    if keyword == "PARAMETER":
        return node.name is not None and PARAMETERS.get(node.name.text, "texts") != "texts"
    return keyword not in PROSE
