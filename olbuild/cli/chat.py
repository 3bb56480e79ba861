"""A conversation on a terminal: lines in, answers out. What answers is handed in."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from olbuild.cli.terminal import is_terminal
from olbuild.core.errors import UsageError

_PROMPT, _MORE = ">>> ", "... "
_QUOTE = '"""'
_LONGEST_HISTORY = 1000  # lines
_HELP = f"""\
/clear     forget what was said
/bye       end, as Ctrl-D does
{_QUOTE}        begin a message of several lines, and end it
Ctrl-C     stop the answer
Up, Down   earlier lines"""


class Partner(Protocol):
    """Who answers."""

    def answer(self, text: str) -> None:
        """Answer a message, on standard output.

        Raises:
            KeyboardInterrupt: if Ctrl-C stopped the answer.
            UsageError: if the message cannot be answered; the conversation goes on.
        """
        ...

    def forget(self) -> None:
        """Begin anew."""
        ...


def converse(partner: Partner, say: Callable[[str], None], history: Path) -> None:
    """Talk until ``/bye`` or Ctrl-D.

    Args:
        partner: who answers.
        say: says something to the person, on standard error.
        history: file of earlier lines; that it cannot be read or written stops nothing.
    """
    say("/bye or Ctrl-D ends, /help says more")
    with _remembered(history):
        while True:
            try:
                text = _read()
            except EOFError:
                _end_line()
                return
            except KeyboardInterrupt:
                _end_line()
                say("/bye or Ctrl-D ends")
                continue
            match text.strip():
                case "":
                    continue
                case "/bye" | "/exit" | "/quit":
                    return
                case "/clear":
                    partner.forget()
                    say("forgotten")
                case "/?" | "/help":
                    say(_HELP)
                case command if command.startswith("/") and command[1:].isalpha():
                    say(f"there is no {command}; /help shows what there is")
                case _:
                    _answer(partner, text, say)


def _answer(partner: Partner, text: str, say: Callable[[str], None]) -> None:
    try:
        partner.answer(text)
    except KeyboardInterrupt:
        return
    except UsageError as error:
        say(f"error: {error.message}")


def _read() -> str:
    line = _line(_PROMPT)
    if not line.lstrip().startswith(_QUOTE):
        return line
    parts = [line.lstrip().removeprefix(_QUOTE)]
    while not parts[-1].rstrip().endswith(_QUOTE):
        parts.append(_line(_MORE))
    parts[-1] = parts[-1].rstrip().removesuffix(_QUOTE)
    return "\n".join(parts).strip("\n")


def _line(prompt: str) -> str:
    if is_terminal(sys.stdout):
        return input(prompt)
    sys.stderr.write(prompt)  # standard output is somewhere else, and is for answers
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _end_line() -> None:
    sys.stderr.write("\n")
    sys.stderr.flush()


class _remembered(contextlib.AbstractContextManager[None]):  # noqa: N801 - used like a function
    """Line editing with the history of earlier conversations, where Python has readline."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        try:
            import readline
        except ImportError:
            return
        readline.set_history_length(_LONGEST_HISTORY)
        readline.parse_and_bind("set enable-bracketed-paste on")
        with contextlib.suppress(OSError):
            readline.read_history_file(self._path)

    def __exit__(self, *exception: object) -> None:
        readline = sys.modules.get("readline")
        if readline is None:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)  # what was said is nobody else's business
            readline.write_history_file(self._path)
