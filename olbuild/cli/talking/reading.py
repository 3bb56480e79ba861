"""Lines from a person: edited on a terminal, plain from anything else."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from olbuild.cli.interruption import Interrupted
from olbuild.cli.streams import write_now
from olbuild.cli.talking.commands import COMMANDS, SETTINGS, SHOWN
from olbuild.cli.terminal import is_terminal

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.document import Document
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

PROMPT, MORE = ">>> ", "... "
_QUOTE = '"""'
_SHIFT_ENTER = ("\x1b[13;2u", "\x1b[27;2;13~")  # of terminals that tell it from Enter: as Alt-Enter
_WORDS = {"/set": SETTINGS, "/show": SHOWN, "/help": ("set", "show")}


class Dropped(KeyboardInterrupt):
    """Ctrl-C was pressed to forget what was typed."""


class Lines(Protocol):
    """Where lines come from."""

    def line(self, prompt: str, *, kept: bool) -> str:
        """Ask for a line; ``kept`` says whether it may be remembered for other conversations.

        Raises:
            EOFError: if there is none.
            KeyboardInterrupt: if Ctrl-C was pressed; ``Dropped`` if it is known that something was typed before.
        """
        ...


def read_message(lines: Lines, *, kept: bool) -> str:
    """Return what a person says: a line, or all lines between three quotation marks.

    Raises:
        EOFError, KeyboardInterrupt: as ``Lines`` does.
    """
    line = lines.line(PROMPT, kept=kept)
    opening = line.find(_QUOTE)
    before = line[:opening].strip()
    if opening < 0 or (before and not before.startswith("/")):
        return line
    parts = [line[opening:].removeprefix(_QUOTE)]
    while not parts[-1].rstrip().endswith(_QUOTE):
        parts.append(lines.line(MORE, kept=kept))
    parts[-1] = parts[-1].rstrip().removesuffix(_QUOTE)
    text = "\n".join(parts).strip("\n")
    return f"{before} {text}" if before else text


def open_lines(history: Path) -> Lines:
    """Return where lines come from; ``history`` is the file of earlier ones."""
    screen = next((stream for stream in (sys.stdout, sys.stderr) if is_terminal(stream)), None)
    if is_terminal(sys.stdin) and screen is not None and os.environ.get("TERM") != "dumb":
        return _Edited(history, screen)
    return _Plain()


class _Plain:
    """Lines of standard input; the prompt goes to standard error, since standard output is for answers."""

    def line(self, prompt: str, *, kept: bool) -> str:  # noqa: ARG002 - nothing is kept here
        """Ask for a line."""
        write_now(sys.stderr, prompt)
        line = ""
        try:
            line = sys.stdin.readline()
        finally:
            if not line:
                write_now(sys.stderr, "\n")  # Ctrl-C and Ctrl-D leave the cursor behind the prompt
        if not line:
            raise EOFError
        return line.rstrip("\n")


class _Edited:
    """Lines edited on a terminal, with those of earlier conversations and completion of commands."""

    def __init__(self, history: Path, screen: TextIO) -> None:
        """Open the terminal."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import InMemoryHistory
        from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
        from prompt_toolkit.keys import Keys
        from prompt_toolkit.output.vt100 import Vt100_Output

        ANSI_SEQUENCES.update(dict.fromkeys(_SHIFT_ENTER, (Keys.Escape, Keys.ControlM)))
        self._kept, self._forgotten = _history(history), InMemoryHistory()
        output = Vt100_Output.from_pty(screen, term=os.environ.get("TERM"))
        output.enable_cpr = False  # many terminals never say where the cursor is
        self._session: PromptSession[str] = PromptSession(
            history=self._kept,
            completer=_completer(),
            complete_while_typing=False,
            enable_suspend=True,
            key_bindings=_bindings(),
            output=output,
        )

    def line(self, prompt: str, *, kept: bool) -> str:
        """Ask for a line."""
        self._session.default_buffer.history = self._session.history = self._kept if kept else self._forgotten
        try:
            return self._session.prompt(prompt, prompt_continuation=MORE)
        except Interrupted:
            raise
        except KeyboardInterrupt:
            raise Dropped if self._session.default_buffer.text else KeyboardInterrupt from None


def _history(path: Path) -> History:
    """Return the history in a file, which is nobody else's business; that it cannot be written stops nothing."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    class Tolerant(FileHistory):
        def store_string(self, string: str) -> None:
            with contextlib.suppress(OSError):
                super().store_string(string)

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("rb"):
            return Tolerant(str(path))
    except OSError:
        return InMemoryHistory()


def _bindings() -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


def _completer() -> Completer:
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion

    class Commands(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
            for word, typed in completions(document.text_before_cursor):
                yield Completion(word, start_position=-len(typed))

    return Commands()


def completions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words that a line may go on with, each with the part of it that is typed."""
    words = text.split(" ")
    if len(words) == 1 and text.startswith("/"):
        candidates: Iterable[str] = COMMANDS
    elif len(words) == 2:  # noqa: PLR2004 - a command and the word behind it
        candidates = _WORDS.get(words[0], ())
    elif words[:2] == ["/set", "parameter"] and len(words) == 3:  # noqa: PLR2004
        from olbuild.language.parameters import PARAMETERS

        candidates = sorted(PARAMETERS)
    else:
        return
    for word in candidates:
        if word.startswith(words[-1]):
            yield word, words[-1]
