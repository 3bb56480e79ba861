"""A conversation: lines in, answers out, until the person ends it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from olbuild.cli.interruption import Interrupted
from olbuild.cli.streams import write_now
from olbuild.cli.talking.commands import Ended, Reload, is_command, obey
from olbuild.cli.talking.images import names_images, take_images
from olbuild.cli.talking.port import Chatting, Open
from olbuild.cli.talking.reading import Dropped, Lines, read_message
from olbuild.cli.talking.state import Talk
from olbuild.cli.talking.unheard import unheard
from olbuild.cli.talking.writing import Writer, figures
from olbuild.cli.terminal import is_terminal
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
    elif names_images(text):
        say("this model sees no pictures: it gets the path as text")
    writer = Writer(hide_thinking=talk.hide_thinking, markdown=talk.markdown, word_wrap=talk.word_wrap)
    with unheard(), model.ask(talk.request(asked)) as answering:
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
    wanted: Reload | None = Reload(name, talk.parameters)
    last: Reload | None = None
    words = "/bye or Ctrl-D ends, /help says more"
    while wanted is not None:
        with ExitStack() as stack:
            talk.parameters = wanted.parameters
            try:
                model = stack.enter_context(open_model(wanted.name))
            except OlbuildError as error:
                if last is None:
                    raise
                say(_said(error))
                words = f"this is {last.name} again"
                wanted, last = last, None
                continue
            say(_greeting(words, model, talk, is_same=last is None or last.name == wanted.name))
            following = _with(model, talk, lines, say)
            last = Reload(wanted.name, talk.parameters)
            words = "" if following is None else f"this is {following.name} now"
            wanted = following


def _greeting(words: str, model: Chatting, talk: Talk, *, is_same: bool) -> str:
    """Return what is said when a model has been loaded; another one that brings a conversation goes on with that."""
    if not model.messages:
        return words
    if not is_same:
        talk.messages.clear()
    count = f"{len(model.messages)} messages" if len(model.messages) > 1 else "a message"
    return f"{words}; it begins with {count}: /show messages"


def _with(model: Chatting, talk: Talk, lines: Lines, say: Say) -> Reload | None:
    """Talk with one model; return what is wanted next, nothing at the end."""
    while True:
        try:
            text = _message(lines, talk, say)
        except EOFError:
            return None
        try:
            if is_command(text):
                obey(text, talk, model, say)
            else:
                answer(model, talk, text, say)
                _leave_a_line()
        except Ended:
            return None
        except Reload as wanted:
            return wanted
        except Interrupted:
            raise
        except KeyboardInterrupt:
            _leave_a_line()
        except (UsageError, UnsupportedError) as error:
            say(_said(error))
        except OlbuildError as error:
            if not is_command(text):
                raise
            say(_said(error))


def _message(lines: Lines, talk: Talk, say: Say) -> str:
    """Return the next message.

    Raises:
        EOFError: if there is none.
    """
    while True:
        try:
            text = read_message(lines, kept=talk.history)
        except (Interrupted, Dropped) as interruption:
            if isinstance(interruption, Interrupted):
                raise
        except KeyboardInterrupt:
            say("/bye or Ctrl-D ends")
        else:
            if text.strip():
                return text


def _leave_a_line() -> None:
    """Keep an answer on a terminal apart from what comes next."""
    if is_terminal(sys.stdout):
        write_now(sys.stdout, "\n")


def _said(error: OlbuildError) -> str:
    hint = f"\n  hint: {error.hint}" if error.hint else ""
    return f"error: {error.message}{hint}"
