"""What the thread of a model does that continues no text: it waits for its end."""

from __future__ import annotations

from olbuild.core.errors import UnsupportedError
from olbuild.running.runtime.mailbox import Begin, Close, Mailbox
from olbuild.running.runtime.resting import Rest
from olbuild.running.runtime.watch import StopWatch


class Refusing:
    """A loop that refuses every job."""

    cache_use = 0.0

    def __init__(self, mailbox: Mailbox) -> None:
        """Keep what other threads ask for."""
        self._mailbox = mailbox
        self.rest = Rest(mailbox, None)
        self.watch = StopWatch()

    def run(self) -> None:
        """Refuse until the mailbox is closed."""
        self.rest.begin()
        while True:
            for command in self._mailbox.commands(wait=True):
                match command:
                    case Begin():
                        error = UnsupportedError("the model does not support completion", capability="completion")
                        command.refuse(error)
                    case Close():
                        return
