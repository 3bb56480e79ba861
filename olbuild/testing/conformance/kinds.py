"""The kinds of goldens, and the judge that compares a whole file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen

Line: TypeAlias = dict[str, Any]


class Judge(Protocol):
    """Compares the answers to one kind of question; used as a context, because some need a place on the disk."""

    def __enter__(self) -> Self:
        """Prepare."""
        ...

    def __exit__(self, *_: object) -> None:
        """Clean up."""
        ...

    def differences(self, line: Line) -> list[str]:
        """Return what differs, in words; an empty list means agreement."""
        ...


class Kind(Frozen, kw_only=True):
    """A kind of goldens: the keys that every line of it has, and the class that judges it, as ``module:class``.

    ``needs_files`` says that the lines speak of files, which lie beside the file of goldens.
    """

    name: str
    keys: frozenset[str]
    judge: str
    needs_files: bool = False

    def make(self, folder: Path) -> Judge:
        """Load and make the judge; ``folder`` is where the goldens lie."""
        module, _, name = self.judge.partition(":")
        made: Judge = getattr(import_module(module), name)(*([folder] if self.needs_files else []))
        return made


# The first whose keys a line has all of. A kind with more keys stands before one with fewer.
KINDS = (
    Kind(name="templates", keys=frozenset({"text", "messages", "ollama"}), judge=f"{__package__}.templates:Templates"),
    Kind(name="modelfiles", keys=frozenset({"b64", "ollama"}), judge=f"{__package__}.modelfiles:Modelfiles"),
    Kind(name="names", keys=frozenset({"text", "ollama"}), judge=f"{__package__}.names:Names"),
    Kind(
        name="creates",
        keys=frozenset({"id", "modelfile", "ok"}),
        judge=f"{__package__}.creates:Creates",
        needs_files=True,
    ),
)
# A name's line has a text and an answer too, but not these in it.
_TEMPLATE_KEYS = frozenset({"out", "vars", "stage"})


class Difference(Frozen, kw_only=True):
    """A line on which olbuild and the recorded answer differ."""

    id: str
    what: str


class Verdict(Frozen, kw_only=True):
    """What came out of a file."""

    kind: str
    agree: int
    differences: tuple[Difference, ...]


def kind_of(line: Line) -> Kind:
    """Return the kind of a line.

    Raises:
        UsageError: if it is of no known kind.
    """
    answer = line.get("ollama")
    about_template = isinstance(answer, dict) and bool(_TEMPLATE_KEYS & answer.keys())
    for kind in KINDS:
        if kind.keys <= line.keys() and (kind.name == "templates" or not about_template):
            return kind
    known = ", ".join(kind.name for kind in KINDS)
    raise UsageError(f"goldens with the keys {', '.join(sorted(line))} are of no known kind", hint=f"known: {known}")


def judge(lines: Iterable[str], folder: Path = Path()) -> Verdict:
    """Compare every line of a file of goldens, all of one kind; ``folder`` is where the file lies.

    Raises:
        UsageError: if the file is empty, a line is no JSON object, or the kind is not known.
    """
    goldens = list(decoded(lines))
    if not goldens:
        raise UsageError("there are no goldens in this file")
    kind = kind_of(goldens[0])
    differences: list[Difference] = []
    with kind.make(folder) as judging:
        for number, line in enumerate(goldens, start=1):
            if not kind.keys <= line.keys():
                raise UsageError(f"golden {number} is not of the kind {kind.name}, as the first one is")
            found = judging.differences(line)
            if found:
                differences.append(Difference(id=str(line.get("id", number)), what="; ".join(found)))
    return Verdict(kind=kind.name, agree=len(goldens) - len(differences), differences=tuple(differences))


def decoded(lines: Iterable[str]) -> Iterator[Line]:
    """Yield the goldens of a file.

    Raises:
        UsageError: if a line is no JSON object.
    """
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            raise UsageError(f"line {number} is not JSON: {error}") from None
        if not isinstance(line, dict):
            raise UsageError(f"line {number} is not a JSON object")
        yield line
