"""A grammar that is held back until the thinking is over."""

import pytest

from olbuild.running.session.thinking import AfterThinking


class Digits:
    """A constraint: three digits. Tokens are characters."""

    def __init__(self) -> None:
        self.text = ""

    def mask(self) -> bytes | None:
        return b"digits"

    def allows(self, token: int) -> bool:
        return chr(token).isdigit() and not self.finished

    def accept(self, token: int) -> None:
        self.text += chr(token)

    def forced(self) -> list[int]:
        return [ord("7")]

    @property
    def finished(self) -> bool:
        return len(self.text) == 3


def walk(text: str, *, opened: bool = False) -> tuple[Digits, AfterThinking]:
    inner = Digits()
    held = AfterThinking(inner, begin="<think>", end="</think>", opened=opened, piece=lambda token: chr(token).encode())
    for character in text:
        assert held.allows(ord(character)), character
        held.accept(ord(character))
    return inner, held


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("<think>well <b> 12</think>123", False),
        ("\n<think></think>123", False),
        ("so be it</think>123", True),
        ("123", False),
    ],
)
def test_only_what_follows_the_thinking_is_constrained(text: str, opened: bool) -> None:  # noqa: FBT001
    inner, held = walk(text, opened=opened)
    assert inner.text == "123"
    assert held.finished
    assert not held.allows(ord("4"))


def test_while_it_thinks_there_is_no_mask() -> None:
    _, held = walk("<think>a")
    assert held.mask() is None
    assert not held.finished
    _, held = walk("<think>a</think>")
    assert held.mask() == b"digits"
    assert not held.allows(ord("a"))


def test_what_is_forced_is_so_behind_the_thinking_alone() -> None:
    for text, forced in (("", []), ("<think>a", []), ("<think>a</think>", [ord("7")]), ("1", [ord("7")])):
        assert list(walk(text)[1].forced()) == forced


def test_an_answer_that_begins_otherwise_is_constrained_at_once() -> None:
    _, held = walk("")
    assert not held.allows(ord("a"))
    _, held = walk("1")
    assert not held.allows(ord("<"))
