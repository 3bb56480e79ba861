"""Progress on a terminal: a bar for each piece of work that runs, their total, and above them a line for what ended."""

from __future__ import annotations

import time
from threading import RLock
from typing import TYPE_CHECKING, TextIO

from olbuild.cli.errors import Failure
from olbuild.cli.progress import wording
from olbuild.cli.progress.ledger import Ledger, Work
from olbuild.cli.progress.rows import Layout, draw, lay_out
from olbuild.cli.terminal import emphasize, wants_colour
from olbuild.core.events import Event, Finished, Said

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

_BIG = 1_000_000  # bytes
_PATIENCE = 0.3  # seconds after which smaller work gets its bar too
_A_SECOND = 10  # how often the bars are drawn


class Bars:
    """Draws bars. rich is loaded when there is something to draw, which short work never needs."""

    def __init__(self, stream: TextIO) -> None:
        """Draw on a stream, which is a terminal."""
        self._stream = stream
        self._ledger = Ledger()
        self._lock = RLock()
        self._live: Live | None = None

    def __call__(self, event: Event) -> None:
        """Draw an event."""
        now = time.monotonic()
        with self._lock:
            if isinstance(event, Said):
                self._above(*wording.said(event), warning=event.level == "warning")
                return
            work = self._ledger.apply(event, now)
            if work is None:
                return
            if isinstance(event, Finished):
                self._above(wording.ended(work, now))
            elif self._live is None and ((work.total or 0) >= _BIG or now - work.begun > _PATIENCE):
                self._open()

    def close(self) -> None:
        """Take the bars away; what ended stays."""
        with self._lock:
            live, self._live = self._live, None
        # Outside the lock: the thread that draws wants it, and is waited for here.
        if live is not None:
            live.stop()

    def fail(self, failure: Failure) -> bool:  # noqa: ARG002 - the protocol's signature
        """Leave errors to the common way."""
        return False

    def _open(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self._stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._live = Live(
            get_renderable=self._render,
            console=console,
            refresh_per_second=_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start(refresh=True)

    def _above(self, *lines: str, warning: bool = False) -> None:
        """Write lines for good. Coloured here and not by rich, which need not be loaded for them."""
        colour = wants_colour(self._stream)
        if warning:
            lines = tuple(emphasize(line, colour) for line in lines)
        if self._live is not None:
            from rich.text import Text

            self._live.console.print(Text.from_ansi("\n".join(lines)), soft_wrap=True)
        else:
            print(*lines, sep="\n", file=self._stream, flush=True)

    def _render(self) -> Group:
        from rich.console import Group

        now = time.monotonic()
        with self._lock:
            if self._live is None:
                return Group()
            shown = list(self._ledger.running)
            if len(self._ledger.works) > 1:
                shown.append(self._ledger.total)
            layout = lay_out(shown, self._live.console.width)
            return Group(*(_row(work, layout, now) for work in shown))


def _row(work: Work, layout: Layout, now: float) -> Text:
    from rich.text import Text

    row = draw(work, layout, now)
    text = Text(no_wrap=True, overflow="crop")
    text.append(row.label)
    if layout.bar:
        text.append(" " + "━" * row.full, style="green")
        text.append("─" * row.empty, style="bright_black")
    text.append(f" {row.figures}" if row.figures else "")
    return text
