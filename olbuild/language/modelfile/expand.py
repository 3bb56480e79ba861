"""From the instructions of one file to those it stands for: files included, arguments written out, texts read."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from msgspec import field

from olbuild.core.records import Frozen, Mutable, replace
from olbuild.core.text import LARGEST_TEXT, Diagnostic, Source, Span
from olbuild.language.modelfile.arguments import Arguments, TooLarge
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.hints import shorten
from olbuild.language.modelfile.instructions import (
    Arg,
    From,
    Include,
    Instruction,
    License,
    Message,
    Modelfile,
    System,
    Template,
    Test,
)
from olbuild.language.modelfile.parse import analyse
from olbuild.language.modelfile.texts import Reader, decode_text, inner_path, read_messages, schema_flaw

DEEPEST = 20
"""How many files may include one another."""
_MOST_FILES = 1000


class Expanded(Frozen, kw_only=True):
    """The instructions that a Modelfile stands for.

    ``instructions`` are all of them, without ARG and INCLUDE, ``own`` those that stand in the file itself, these two
    included, and without the messages of files. An instruction that needs an argument without a value, or a file that
    cannot be read, is in neither; but while nobody knows what will be given, a FROM stays as it is written.
    ``found`` are errors, and the warnings of included files; ``sources`` are all files in the order of their reading,
    and ``declared`` the names of all arguments.
    """

    instructions: tuple[Instruction, ...]
    own: tuple[Instruction, ...]
    found: tuple[Diagnostic, ...]
    sources: tuple[Source, ...]
    declared: tuple[str, ...]


def expand(modelfile: Modelfile, reader: Reader | None, given: Mapping[str, str] | None) -> Expanded:
    """Expand a Modelfile.

    Args:
        modelfile: the file, as far as it could be read.
        reader: reads included files and texts; without one, they are left out.
        given: arguments from outside. ``None`` means that nobody knows yet what will be given, so that an argument
            without a value is no error.
    """
    walk = _Walk(reader, Arguments(given or {}), [modelfile.source], lenient=given is None)
    for instruction in modelfile.instructions:
        walk.take(instruction, modelfile, (posixpath.basename(modelfile.source.name),))
    problems = walk.arguments.problems() if given is not None else ()
    return Expanded(
        instructions=tuple(walk.instructions),
        own=tuple(walk.own),
        found=(*walk.found, *problems),
        sources=tuple(walk.sources),
        declared=walk.arguments.declared,
    )


class _Walk(Mutable):
    """What was seen while the instructions go by."""

    reader: Reader | None
    arguments: Arguments
    sources: list[Source]
    lenient: bool
    instructions: list[Instruction] = field(default_factory=list)
    own: list[Instruction] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    _size: int = 0  # of all texts that were read

    def take(self, instruction: Instruction, modelfile: Modelfile, chain: tuple[str, ...]) -> None:
        """Take in one instruction; ``chain`` are the files that lead to it."""
        try:
            written = self.arguments.substitute(instruction)
        except TooLarge:
            self._report(instruction, Code.TOO_LARGE, "with its arguments written out this is too large", _LIMIT)
            return
        if written is None:
            if self.lenient and isinstance(instruction, From):
                self._put(instruction, chain)  # it makes a stage, whatever it is made from
            return
        match written:
            case Arg():
                self.arguments.declare(written)
                self._keep(written, chain)
            case Include():
                self._keep(written, chain)
                self._include(written, modelfile, chain)
            case System() | Template() | License() if written.file is not None:
                text = self._text(written, written.file)
                if text is not None:
                    self._put(replace(written, text=text), chain)
            case Message() if written.file is not None:
                self._messages(written, written.file)
            case Test() if written.json_schema is not None:
                self._schema(written, written.json_schema, chain)
            case _:
                self._put(written, chain)

    def _put(self, instruction: Instruction, chain: tuple[str, ...]) -> None:
        self.instructions.append(instruction)
        self._keep(instruction, chain)

    def _keep(self, instruction: Instruction, chain: tuple[str, ...]) -> None:
        if len(chain) == 1:
            self.own.append(instruction)

    def _include(self, include: Include, modelfile: Modelfile, chain: tuple[str, ...]) -> None:
        path = self._path(include, include.path)
        if path is None:
            return
        way = " → ".join((*chain, path))
        if path in chain or len(chain) > DEEPEST or len(self.sources) > _MOST_FILES:
            what = "itself" if path in chain else "too many others"
            message = f"the file includes {what}: {way}"
            self._report(include, Code.ENDLESS_INCLUDE, message, "take one INCLUDE of this way out")
            return
        data = self._read(include, path)
        if data is None:
            return
        name = posixpath.join(posixpath.dirname(self.sources[0].name), path)
        folder = f"{posixpath.dirname(path)}/".lstrip("/")
        part, found = analyse(data, name=name, dialect=modelfile.dialect, folder=folder, part=True)
        self.sources.append(part.source)
        self.found.extend(found)
        for instruction in part.instructions:
            self.take(instruction, part, (*chain, path))

    def _messages(self, message: Message, file: str) -> None:
        text = self._text(message, file)
        if text is None:
            return
        source = self.sources[-1]
        messages, problems = read_messages(source, message)
        self.found.extend(problems)
        self.instructions.extend(messages)

    def _schema(self, test: Test, file: str, chain: tuple[str, ...]) -> None:
        text = self._text(test, file, "json-schema")
        if text is None:
            return
        source = self.sources[-1]
        flaw = schema_flaw(text)
        if flaw is not None:
            reason, at = flaw
            hint = "--json-schema names a file with a JSON Schema (draft 2020-12)"
            span = Span(source, at, at + 1)
            self.found.append(Diagnostic(code=Code.BAD_TEST, message=reason, span=span, hint=hint))
            return
        self._put(replace(test, schema=text), chain)

    def _text(self, instruction: Instruction, file: str, flag: str = "file") -> str | None:
        """Return the text of a file, which becomes a source that findings can point at."""
        path = self._path(instruction, file, flag)
        data = self._read(instruction, path, flag) if path is not None else None
        if path is None or data is None:
            return None
        try:
            text = decode_text(data)
        except UnicodeDecodeError as error:
            message = f"{shorten(file)} is not UTF-8: byte {error.start} is {data[error.start]:#04x}"
            self._report(instruction, Code.FILE_NOT_TEXT, message, "save the file as UTF-8", flag)
            return None
        self.sources.append(Source(posixpath.join(posixpath.dirname(self.sources[0].name), path), text))
        return text

    def _path(self, instruction: Instruction, text: str, flag: str | None = None) -> str | None:
        path = inner_path(instruction.place.folder, text)
        if path is None:
            message = f"{shorten(text)} leads out of the Modelfile's folder"
            hint = "put the file beside the Modelfile or below it, and write a path relative to the file that names it"
            self._report(instruction, Code.PATH_OUTSIDE, message, hint, flag)
        return path

    def _read(self, instruction: Instruction, path: str, flag: str | None = None) -> bytes | None:
        if self.reader is None:
            return None
        try:
            data = self.reader.read(path)
        except OSError as error:
            message = f"{shorten(path)} cannot be read: {error.strerror or error}"
            hint = "a path is relative to the file that names it"
            self._report(instruction, Code.UNREADABLE_FILE, message, hint, flag)
            return None
        self._size += len(data)
        if self._size > LARGEST_TEXT:
            self._report(instruction, Code.TOO_LARGE, "with this file, all texts together are too large", _LIMIT, flag)
            return None
        return data

    def _report(self, instruction: Instruction, code: Code, message: str, hint: str, flag: str | None = None) -> None:
        span = instruction.place.flag(flag) if flag else instruction.place.value
        self.found.append(Diagnostic(code=code, message=message, span=span, hint=hint))


_LIMIT = f"texts are at most {LARGEST_TEXT >> 20} MiB"
