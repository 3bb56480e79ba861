"""What the thread of the engine does while nobody wants anything."""

from __future__ import annotations

import threading

from olbuild.running.engine.pages import HugePages
from olbuild.running.runtime.mailbox import Mailbox

_LOOK = 0.1  # seconds between two looks whether the engine has ended


class Rest:
    """The time behind an answer, which is good for the weights. Before the first one everything waits for that.

    Args:
        mailbox: where others say what they want.
        pages: what may be done for the weights; ``None`` if something else than the processor computes.
    """

    def __init__(self, mailbox: Mailbox, pages: HugePages | None) -> None:
        """Begin before the first answer."""
        self._mailbox, self._pages = mailbox, pages
        self._answered = False
        self._quiet = threading.Event()

    def begin(self) -> None:
        """Do what is to be done, until somebody wants something."""
        pages = self._pages if self._answered else None
        while pages is not None and not self._mailbox.waiting and pages.move():
            pass
        if not self._mailbox.waiting:
            self._quiet.set()

    def end(self) -> None:
        """Take note that somebody wants something."""
        self._answered = True
        self._quiet.clear()

    def wait(self) -> None:
        """Wait, in another thread, until there is nothing to do."""
        while not self._quiet.wait(_LOOK) and not self._mailbox.closed:
            pass
