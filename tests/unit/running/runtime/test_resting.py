"""What is done for the weights while nobody wants anything."""

import threading
import time

from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.pages import HugePages
from olbuild.running.runtime.mailbox import Mailbox
from olbuild.running.runtime.resting import Rest


class Pages(HugePages):
    """So many pieces; ``then`` happens with one of them."""

    def __init__(self, pieces: int) -> None:
        super().__init__([])
        self.left = pieces
        self.mailbox: Mailbox | None = None

    def move(self) -> bool:
        self.left -= 1
        if self.left == 3 and self.mailbox is not None:
            self.mailbox.cancel(0)
        return self.left > 0


def test_before_the_first_answer_everything_can_wait() -> None:
    pages, mailbox = Pages(5), Mailbox(StopFlag())
    rest = Rest(mailbox, pages)
    rest.begin()
    assert pages.left == 5
    rest.wait()
    rest.end()
    rest.begin()
    assert pages.left == 0


def test_it_ends_when_somebody_wants_something() -> None:
    pages, mailbox = Pages(10), Mailbox(StopFlag())
    pages.mailbox = mailbox
    rest = Rest(mailbox, pages)
    rest.end()
    rest.begin()
    assert pages.left == 3
    waiting = threading.Thread(target=rest.wait)
    waiting.start()
    assert list(mailbox.commands(wait=False))
    assert waiting.is_alive()
    rest.begin()
    waiting.join(20)
    assert not waiting.is_alive()
    assert pages.left == 0


def test_nobody_waits_for_an_engine_that_has_ended() -> None:
    mailbox = Mailbox(StopFlag())
    rest = Rest(mailbox, None)
    waiting = threading.Thread(target=rest.wait)
    waiting.start()
    time.sleep(0.01)
    mailbox.close()
    waiting.join(20)
    assert not waiting.is_alive()
