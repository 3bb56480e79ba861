"""An instruction written so that it is read as it is meant: every spelling is read again before it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from olbuild.language.modelfile.arguments import REFERENCE
from olbuild.language.modelfile.expand import expand
from olbuild.language.modelfile.instructions import Instruction
from olbuild.language.modelfile.nodes import Quote
from olbuild.language.modelfile.parse import analyse
from olbuild.language.modelfile.settings import merge


class Beside:
    """Files that stand beside a Modelfile, in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Hold some files by their paths."""
        self._files = files

    def read(self, path: str) -> bytes:
        """Return a file.

        Raises:
            OSError: if there is none.
        """
        try:
            return self._files[path]
        except KeyError:
            raise FileNotFoundError(2, "there is no such file", path) from None


def spell(
    head: str,
    value: str,
    kind: type[Instruction],
    meant: Mapping[str, object],
    files: Mapping[str, bytes] | None = None,
) -> str | None:
    """Return a line with a value in the quotes that suit it, ``None`` if it cannot be written so.

    Args:
        head: what stands before the value: keyword, name and flags, with the blank or the ``=`` behind them.
        value: the value.
        kind: the instruction that it shall be.
        meant: what fields of the instruction shall hold.
        files: what stands beside the Modelfile, for flags that name files.
    """
    for line in _candidates(head, value):
        modelfile, found = analyse(f"{line}\n", dialect="olbuild", part=True)
        if any(each.is_error for each in found):
            continue
        expanded = expand(modelfile, Beside(files or {}), {})
        read = expanded.instructions
        problems = (*expanded.found, *merge(read)[1])
        if not problems and len(read) == 1 and isinstance(read[0], kind):
            seen = {name: getattr(read[0], name) for name in meant}
            if seen == meant:
                return line
    return None


def _candidates(head: str, value: str) -> Iterator[str]:
    """Yield spellings, the most usual one first. ``$${NAME}`` would lose a ``$``, so it gets another one."""
    text = REFERENCE.sub(lambda found: f"${found[0]}" if found["escape"] else found[0], value)
    plain: tuple[Quote, ...] = ("", '"', '"""')
    for quote in ('"""', '"') if "\n" in text or "\r" in text else plain:
        yield f"{head}{quote}{text}{quote}"
