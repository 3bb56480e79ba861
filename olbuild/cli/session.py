"""What a command gets: the settings, the listener for progress, and the only ways to write."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict, Unpack

import typer

from olbuild.cli.errors import describe
from olbuild.cli.progress import Listener, choose
from olbuild.cli.streams import naming, write_line
from olbuild.cli.terminal import is_terminal, lines_of
from olbuild.core.config import Config, load_config
from olbuild.core.events import Event, Said
from olbuild.core.keys import Value
from olbuild.core.text import printable

if TYPE_CHECKING:
    from olbuild.api.workspace import Workspace


class Session:
    """One run of a command. Data goes to standard output, talk to standard error."""

    def __init__(self, config: Config, listener: Listener, *, quiet: bool, progress: str) -> None:
        """Use some settings and a listener; ``progress`` is what the command line says about it."""
        self.config = config
        self.quiet = quiet
        self.progress = progress
        self._listener = listener

    @cached_property
    def workspace(self) -> Workspace:
        """What the verbs work on; the store is opened when it is first used."""
        from olbuild.api.workspace import Workspace

        return Workspace(self.config, self.emit)

    def with_settings(self, **settings: Value) -> None:
        """Let options of the command win over the settings, before the workspace is used."""
        given = {setting.key.name: setting.value for setting in self.config if setting.origin == "command line"}
        self.config = load_config({**given, **settings})

    @property
    def width(self) -> int | None:
        """Cells of the terminal that standard output is; ``None`` when it is none, and nothing may be cut."""
        return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None

    def emit(self, event: Event) -> None:
        """Show progress: the listener of every verb."""
        self._listener(event)

    def say(self, text: str) -> None:
        """Say something to a person."""
        self.emit(Said(text=text))

    def warn(self, text: str) -> None:
        """Warn a person."""
        self.emit(Said(text=text, level="warning"))

    def write(self, text: str) -> None:
        """Write a text and a line end to standard output. On a terminal control characters become visible marks."""
        self.settle()
        write_line(sys.stdout, "\n".join(lines_of(text)) if is_terminal(sys.stdout) else text)

    def write_file(self, data: bytes) -> None:
        """Write the UTF-8 text of a file to standard output: byte for byte, unless that is a terminal."""
        if is_terminal(sys.stdout) or not hasattr(sys.stdout, "buffer"):
            self.write(data.decode().removesuffix("\n"))
            return
        self.settle()
        with naming(sys.stdout):
            sys.stdout.flush()
            sys.stdout.buffer.write(data)

    def write_lines(self, lines: Iterable[str]) -> None:
        """Write lines, each with its line end; none is nothing at all."""
        for line in lines:
            self.write(line)

    def write_json(self, document: object) -> None:
        """Write a JSON document to standard output."""
        self.settle()
        text = json.dumps(document, indent=2, ensure_ascii=False)
        write_line(sys.stdout, "\n".join(_escaped(line) for line in text.split("\n")))

    def settle(self) -> None:
        """Finish drawing, so that something else can write."""
        self._listener.close()


class CommonOptions(TypedDict):
    """The options that every command has."""

    quiet: bool
    progress: str
    offline: bool
    home: str | None
    debug: bool


@contextmanager
def open_session(**options: Unpack[CommonOptions]) -> Iterator[Session]:
    """Read the settings and open the listener; ``--progress json`` reports errors as JSON too.

    Raises:
        UsageError: if a setting cannot be understood.
    """
    listener = choose("none" if options["quiet"] else options["progress"], sys.stderr)
    try:
        config = load_config({"offline": options["offline"] or None, "home": _absolute(options["home"])})
        yield Session(config, listener, quiet=options["quiet"], progress=options["progress"])
        listener.close()
    except Exception as error:
        listener.close()
        if options["debug"] or isinstance(error, BrokenPipeError | typer.Exit):
            raise
        failure = describe(error)
        if listener.fail(failure):
            raise typer.Exit(failure.exit_code) from None
        raise
    except BaseException:
        listener.close()
        raise


def _absolute(home: str | None) -> str | None:
    from pathlib import Path

    return str(Path(home).expanduser().absolute()) if home is not None else None


def _escaped(line: str) -> str:
    """Escape in a line of JSON what a terminal would obey, and what the encoding of the output lacks."""
    line = line.replace("\x7f", "\\u007f")  # the one control character of ASCII that JSON lets stand
    if line.isascii():
        return line
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return "".join(character if _is_safe(character, encoding) else json.dumps(character)[1:-1] for character in line)


def _is_safe(character: str, encoding: str) -> bool:
    if printable(character) != character:
        return False
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
