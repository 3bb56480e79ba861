"""What FROM, ADAPTER and DRAFT point at: expansion of paths, and which text is a path and which a name.

Source of the rules: ollama, ``parser/parser.go`` (``expandPath``, ``fileDigestMap``, ``CreateRequest``). Pure: what is
on the disk, and who lives where, is asked through ``Surroundings``.
"""

from __future__ import annotations

import posixpath
from typing import Literal, Protocol, TypeAlias

from msgspec import field

from olbuild.core.errors import ModelfileError
from olbuild.core.records import Frozen, Mutable
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.hints import shorten
from olbuild.language.modelfile.instructions import Adapter, Dialect, Draft, From
from olbuild.language.modelfile.settings import Settings

Kind = Literal["file", "folder"]
_Pointing: TypeAlias = From | Adapter | Draft


class Surroundings(Protocol):
    """What the meaning of a path depends on. Paths are absolute and clean."""

    def kind(self, path: str) -> Kind | None:
        """Say what is at a path behind all links, or ``None`` if nothing is; raises ``OSError`` if it cannot tell."""
        ...

    def real(self, path: str) -> str:
        """Return an existing path without links."""
        ...

    def home(self, user: str) -> str | None:
        """Return the home of a user, of the current one for an empty name, or ``None`` if there is no such user."""
        ...


class Local(Frozen, kw_only=True):
    """Something on the disk that an instruction points at; ``path`` is absolute and clean, links are kept."""

    path: str
    kind: Kind
    instruction: _Pointing


class Inputs(Frozen, kw_only=True):
    """What a model is made from: files and folders that all join, and the last name that was given, if any."""

    name: From | None
    files: tuple[Local, ...]
    adapters: tuple[Local, ...]
    drafts: tuple[Local, ...]


def inputs(settings: Settings, folder: str, surroundings: Surroundings, dialect: Dialect = "olbuild") -> Inputs:
    """Tell paths from names, where ``folder`` is the absolute path of the Modelfile's folder.

    A FROM that exists on the disk is that, and otherwise a name. An ADAPTER and a DRAFT must exist. Of several ADAPTERs
    the last counts in the dialect ``ollama``, and all do elsewhere.

    Raises:
        ModelfileError: with every path that is missing, unreadable or of an unknown user, and every DRAFT that is
            also a FROM.
    """
    look = _Look(folder, surroundings)
    name: From | None = None
    files: list[Local] = []
    for each in settings.froms:
        found = look.at(each, each.model)
        if found is not None:
            files.append(found)
        else:
            name = each
    adapters = [look.needed(each) for each in settings.adapters]
    drafts = [look.needed(each) for each in settings.drafts]
    look.refuse_common(files, drafts)
    if look.problems:
        raise ModelfileError(tuple(sorted(look.problems, key=lambda problem: problem.span.start)))
    return Inputs(
        name=name,
        files=tuple(files),
        adapters=tuple(each for each in (adapters[-1:] if dialect == "ollama" else adapters) if each),
        drafts=tuple(each for each in drafts if each),
    )


def expand_path(text: str, folder: str, home: Surroundings) -> str:
    """Return the absolute, clean path that a text means.

    ``~`` and ``~/x`` are in the current user's home, ``~user/x`` is in that user's; an absolute path stays; everything
    else is relative to ``folder``.

    Raises:
        LookupError: if there is no such user.
    """
    if text.startswith("/"):
        return _clean(text)
    if not text.startswith("~"):
        return _clean(f"{folder}/{text}")
    user, _, rest = text[1:].partition("/")
    place = home.home(user)
    if place is None:
        raise LookupError(user)
    return _clean(f"{place}/{rest}")


def _clean(path: str) -> str:
    """Clean a path by its text alone, as Go's ``filepath.Clean`` does."""
    clean = posixpath.normpath(path)
    return clean[1:] if clean.startswith("//") else clean


def is_written_as_path(text: str) -> bool:
    """Whether a FROM is written as only a path can be. Others are names, unless something of that name exists."""
    return (
        text.startswith(("./", "../", "/", "~"))
        or text in {"", ".", ".."}
        or text.lower().endswith((".gguf", ".safetensors"))
    )


class _Look(Mutable):
    """A look around, and what went wrong."""

    folder: str
    surroundings: Surroundings
    problems: list[Diagnostic] = field(default_factory=list)

    def at(self, instruction: _Pointing, text: str) -> Local | None:
        """Return what is at a path, or ``None``, also when that cannot be told, which is a problem."""
        try:
            path = expand_path(text, f"{self.folder}/{instruction.place.folder}", self.surroundings)
            kind = self.surroundings.kind(path)
        except LookupError:
            user = text[1:].partition("/")[0]
            self._problem(instruction, Code.UNKNOWN_USER, f"there is no user {shorten(user)}", "write the whole path")
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"cannot look at {shorten(text)}: {reason}"
            self._problem(instruction, Code.UNREADABLE_PATH, message, "a path leads to a file or to a folder")
            return None
        return Local(path=path, kind=kind, instruction=instruction) if kind else None

    def needed(self, instruction: Adapter | Draft) -> Local | None:
        """Return what is at a path; nothing there is a problem."""
        before = len(self.problems)
        found = self.at(instruction, instruction.path)
        if found is None and len(self.problems) == before:
            hint = f"paths are relative to the Modelfile's folder, {self.folder}"
            message = f"{shorten(instruction.path)} does not exist"
            self._problem(instruction, Code.MISSING_PATH, message, hint)
        return found

    def refuse_common(self, files: list[Local], drafts: list[Local | None]) -> None:
        """Refuse a DRAFT that is, behind all links, also a FROM."""
        real = {self.surroundings.real(each.path) for each in files}
        for draft in drafts:
            if draft is not None and self.surroundings.real(draft.path) in real:
                message = "DRAFT and FROM are the same"
                hint = "a draft is a smaller model than the one it speeds up"
                self._problem(draft.instruction, Code.DRAFT_IS_FROM, message, hint)

    def _problem(self, instruction: _Pointing, code: Code, message: str, hint: str) -> None:
        self.problems.append(Diagnostic(code=code, message=message, span=instruction.place.value, hint=hint))
