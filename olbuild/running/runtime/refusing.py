"""What the thread of a model does that continues no text: it waits for its end."""

from __future__ import annotations

from olbuild.core.errors import UnsupportedError
from olbuild.running.runtime.mailbox import Begin, Close, Mailbox


def refuse_all(mailbox: Mailbox) -> None:
    """Refuse every job until the mailbox is closed."""
    while True:
        for command in mailbox.commands(wait=True):
            match command:
                case Begin(hear=hear):
                    hear(UnsupportedError("the model makes vectors, and continues no text", capability="completion"))
                case Close():
                    return
