"""Answers as they come: the text on standard output, and thoughts and figures on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TextIO

from olbuild.cli import units
from olbuild.cli.streams import write_now
from olbuild.cli.talking.wrapping import Wrapping
from olbuild.cli.terminal import is_terminal, paint, wants_colour

if TYPE_CHECKING:
    from olbuild.running.requests import Delta, Done

# What a terminal would obey: C0 and C1 but for line ends and tabs. A pipe gets the answer as it is.
_OBEYED = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\N{REPLACEMENT CHARACTER}") | {0x09: "\t", 0x0A: "\n"}

_LONG = 0.05  # seconds that are said


class Writer:
    """Writes one answer, and keeps what was written.

    Attributes:
        said: the parts of the answer.
        thought: the parts of the thoughts before it.
    """

    def __init__(self, *, hide_thinking: bool = False, markdown: bool = False, word_wrap: bool = True) -> None:
        """Begin an answer."""
        self.said: list[str] = []
        self.thought: list[str] = []
        self._hides = hide_thinking
        self._draws = markdown and is_terminal(sys.stdout)
        self._answer = _Paper(sys.stdout, word_wrap)
        self._thoughts = _Paper(sys.stderr, word_wrap, style="dim")

    def write(self, deltas: Iterable[Delta]) -> None:
        """Write all of it, and end its last line."""
        try:
            if self._draws:
                self._draw(deltas)
            else:
                for delta in deltas:
                    self._take(delta)
                    self._answer.write(delta.content)
        finally:
            self._end_thoughts()
            self._answer.end()
            if not self._draws and self.said and not self.said[-1].endswith("\n"):
                write_now(sys.stdout, "\n")

    def _draw(self, deltas: Iterable[Delta]) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.markdown import Markdown

        with Live(console=Console(), vertical_overflow="visible", refresh_per_second=8) as live:
            for delta in deltas:
                self._take(delta)
                live.update(Markdown(shown("".join(self.said), terminal=True)))

    def _take(self, delta: Delta) -> None:
        if delta.thinking:
            self._think(delta.thinking)
        if delta.content:
            self._end_thoughts()
            self.said.append(delta.content)

    def _think(self, text: str) -> None:
        self.thought.append(text)
        if not self._hides:
            self._thoughts.write(text)

    def _end_thoughts(self) -> None:
        if self.thought and not self.said and not self._hides:
            self._thoughts.end()
            write_now(sys.stderr, "\n\n")


class _Paper:
    """Writes a text on a stream as it comes: on a terminal with its lines broken between words."""

    def __init__(self, stream: TextIO | None, word_wrap: bool, *, style: str | None = None) -> None:
        self._stream, self._style = stream, style
        self._terminal = is_terminal(stream)
        self._wrapping = Wrapping(lambda: get_terminal_size().columns) if word_wrap and self._terminal else None

    def write(self, text: str) -> None:
        """Write what has come."""
        text = shown(text, terminal=self._terminal)
        self._put(text if self._wrapping is None else self._wrapping.take(text))

    def end(self) -> None:
        """Write what was kept back."""
        if self._wrapping is not None:
            self._put(self._wrapping.end())

    def _put(self, text: str) -> None:
        write_now(self._stream, text if self._style is None else paint(text, self._style, wants_colour(self._stream)))


def shown(text: str, *, terminal: bool) -> str:
    """Return a text as it may go to a terminal, or to something else."""
    return text.translate(_OBEYED) if terminal else text


def figures(result: Done) -> str:
    """Return the counts and rates of an answer, one line each for the prompt and for the answer, and the time of both.

    The seed is 0 where a server did not say it.
    """
    read = result.prompt_tokens - result.cached_tokens
    known = f", {result.cached_tokens} of them known" if result.cached_tokens else ""
    seed = f", seed {result.seed}" if result.seed else ""
    waited = f", {units.duration(result.waited)} of it before the prompt" if result.waited >= _LONG else ""
    seconds = result.waited + result.prompt_seconds + result.generation_seconds
    return (
        f"prompt: {result.prompt_tokens} tokens{known}, {_rate(read, result.prompt_seconds)}\n"
        f"answer: {result.tokens} tokens, {_rate(result.tokens, result.generation_seconds)},"
        f" ended by {result.finish}{seed}\n"
        f"in all: {units.duration(seconds)}{waited}"
    )


def _rate(tokens: int, seconds: float) -> str:
    return f"{units.duration(seconds)}, {tokens / max(seconds, 1e-6):.1f} tokens/s"
