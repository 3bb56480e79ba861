"""A conversation: lines in, answers out, until the person ends it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from olbuild.cli.streams import write_now
from olbuild.cli.talking.commands import Ended, Reload, is_command, obey
from olbuild.cli.talking.images import take_images
from olbuild.cli.talking.port import Chatting, Open
from olbuild.cli.talking.reading import Lines, read_message
from olbuild.cli.talking.state import Talk
from olbuild.cli.talking.writing import Writer, figures
from olbuild.core.errors import OlbuildError, UnsupportedError, UsageError

Say = Callable[[str], None]


def answer(model: Chatting, talk: Talk, text: str, say: Say) -> None:
    """Answer a message, and remember both; an answer that was stopped counts as far as it came.

    Raises:
        OlbuildError: if it cannot be answered; it is not remembered then.
        KeyboardInterrupt: if Ctrl-C stopped the answer.
    """
    asked: dict[str, Any] = {"role": "user", "content": text}
    if "vision" in model.capabilities:
        asked["content"], images = take_images(text)
        if images:
            asked["images"] = images
    writer = Writer(hide_thinking=talk.hide_thinking, markdown=talk.markdown)
    with model.ask(talk.request(asked)) as answering:
        try:
            writer.write(answering)
        except KeyboardInterrupt:
            talk.remember(asked, "".join(writer.said), "".join(writer.thought))
            raise
    talk.remember(asked, "".join(writer.said), "".join(writer.thought))
    if talk.verbose:
        say(figures(answering.result))


def converse(open_model: Open, name: str, talk: Talk, lines: Lines, say: Say) -> None:
    """Talk until ``/bye`` or Ctrl-D.

    Args:
        open_model: loads a model.
        name: the first one.
        talk: what is set and said; it is changed.
        lines: where lines come from.
        say: says something to the person, on standard error.

    Raises:
        OlbuildError: if the first model cannot be loaded, or the engine broke.
    """
    wanted, before, is_first = name, "", True
    while wanted:
        with ExitStack() as stack:
            try:
                model = stack.enter_context(open_model(wanted))
            except OlbuildError as error:
                if not before:
                    raise
                say(_said(error))
                wanted, before = before, ""
                continue
            say("/bye or Ctrl-D ends, /help says more" if is_first else f"this is {wanted} now")
            wanted, before, is_first = _with(model, talk, lines, say), wanted, False


def _with(model: Chatting, talk: Talk, lines: Lines, say: Say) -> str:
    """Talk with one model; return the name of the next one, nothing at the end."""
    while True:
        try:
            text = read_message(lines, kept=talk.history)
        except EOFError:
            write_now(sys.stderr, "\n")
            return ""
        except KeyboardInterrupt:
            write_now(sys.stderr, "\n")
            say("/bye or Ctrl-D ends")
            continue
        if not text.strip():
            continue
        try:
            if is_command(text):
                obey(text, talk, model, say)
            else:
                answer(model, talk, text, say)
        except Ended:
            return ""
        except Reload as other:
            return other.name
        except KeyboardInterrupt:
            continue
        except (UsageError, UnsupportedError) as error:
            say(_said(error))
        except OlbuildError as error:
            if not is_command(text):
                raise
            say(_said(error))


def _said(error: OlbuildError) -> str:
    hint = f"\n  hint: {error.hint}" if error.hint else ""
    return f"error: {error.message}{hint}"
