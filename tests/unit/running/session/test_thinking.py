"""A grammar that is held back until the thinking is over."""

import pytest

from olbuild.running.chat.parsing import Thinking
from olbuild.running.jobs import Constraint
from olbuild.running.session.thinking import AfterThinking

LONGER = ["</think", ">\n", ">7", "<tool", "\n\n"]
END = 127
SIZE = 320
LONG = {256 + number: word for number, word in enumerate(LONGER)}
THINK = Thinking(begins=("<think>",), ends=("</think>",))
OPENED = Thinking(begins=("<think>",), ends=("</think>",), opened=True)


class Tokens:
    """Characters, some longer tokens, and one that ends an answer."""

    ends = frozenset({END})

    def piece(self, token: int) -> bytes:
        return LONG.get(token, "" if token >= 256 or token == END else chr(token)).encode()

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        del add_bos, special
        return tuple(map(ord, text))


class Exactly:
    """A constraint: one text."""

    def __init__(self, wanted: str = "123") -> None:
        self.wanted, self.text = wanted, ""

    def mask(self) -> bytes | None:
        found = bytearray(SIZE // 8)
        for token in filter(self.allows, range(SIZE)):
            found[token // 8] |= 1 << token % 8
        return bytes(found)

    def allows(self, token: int) -> bool:
        if token == END:
            return self.finished
        piece = Tokens().piece(token).decode()
        return bool(piece) and self.wanted.startswith(self.text + piece)

    def accept(self, token: int) -> None:
        assert self.allows(token)
        self.text += Tokens().piece(token).decode()

    def forced(self) -> list[int]:
        return [ord("7")]

    @property
    def finished(self) -> bool:
        return self.text == self.wanted

    def copy(self) -> Constraint:
        other = Exactly(self.wanted)
        other.text = self.text
        return other


def tokens_of(text: str) -> list[int]:
    """Return the tokens of a text; behind ``|`` comes one of the longer ones."""
    first, *rest = text.split("|")
    found = [*map(ord, first)]
    for part in rest:
        token = next(token for token, word in LONG.items() if part.startswith(word))
        found += [token, *map(ord, part.removeprefix(LONG[token]))]
    return found


def walk(text: str, thinking: Thinking = THINK, wanted: str = "123") -> AfterThinking:
    held = AfterThinking(Exactly(wanted), thinking, Tokens())
    for token in tokens_of(text):
        assert held.allows(token), token
        held.accept(token)
    return held


def allowed(held: AfterThinking) -> set[int]:
    mask = held.mask()
    assert mask is not None
    return {token for token in range(len(mask) * 8) if mask[token // 8] >> token % 8 & 1}


@pytest.mark.parametrize(
    ("text", "thinking"),
    [
        ("<think>well <b> 12</think>123", THINK),
        ("\n<think></think>123", THINK),
        ("<think></think>\n\n123", THINK),
        ("so be it</think>123", OPENED),
        ("so be it|</think|>\n123", OPENED),
        ("123", THINK),
        ("\n\n123", THINK),
    ],
)
def test_only_what_follows_the_thinking_is_constrained(text: str, thinking: Thinking) -> None:
    held = walk(text, thinking)
    assert held.finished
    assert not held.allows(ord("4"))
    assert held.allows(END)


@pytest.mark.parametrize("text", ["", "<", "<think", "<think>", "<think>a", "<think>a</thi", "<think>a</think>", "1"])
def test_the_answer_does_not_end_before_what_must_come(text: str) -> None:
    held = walk(text)
    assert not held.allows(END)
    assert END not in allowed(held)
    assert not held.finished


def test_while_it_thinks_all_but_an_end_is_allowed() -> None:
    assert allowed(walk("<think>a")) == set(range(SIZE)) - {END}
    assert allowed(walk("<think>a</think>")) == {ord("1")}


def test_no_token_ends_the_thinking_and_begins_the_answer() -> None:
    both = 256 + LONGER.index(">7")
    held = walk("a|</think", OPENED)
    assert held.allows(256 + LONGER.index(">\n"))
    assert not held.allows(both)
    assert allowed(held) == set(range(SIZE)) - {END, both}
    assert walk("a", OPENED).allows(both)


def test_only_some_blanks_come_before_the_answer() -> None:
    held = walk("a</think>|\n\n|\n\n|\n\n|\n\n", OPENED)
    assert not held.allows(ord("\n"))
    assert held.allows(ord("1"))
    assert not walk("a</think>1", OPENED).allows(ord("\n"))


def test_what_is_forced_is_so_behind_the_thinking_alone() -> None:
    for text, forced in (("", []), ("<think>a", []), ("<think>a</think>", [ord("7")]), ("1", [ord("7")])):
        assert list(walk(text).forced()) == forced


def test_an_answer_that_begins_otherwise_is_constrained_at_once() -> None:
    assert not walk("").allows(ord("a"))
    assert allowed(walk("")) == {ord("1"), ord("<")}
    assert not walk("1").allows(ord("<"))


def test_what_begins_like_the_thinking_may_be_the_answer_as_well() -> None:
    for text in ("<tool>", "|<tool>", "<think>x</think><tool>", "<think>x</think>|<tool>"):
        assert walk(text, wanted="<tool>").finished
    assert allowed(walk("<t", wanted="<tool>")) == {ord("o"), ord("h")}
    assert allowed(walk("<th", wanted="<tool>")) == {ord("i")}
    assert not walk("<th", wanted="<tool>").allows(ord("o"))


def test_all_ways_to_begin_and_end_count() -> None:
    both = Thinking(begins=("<a>", "<b>"), ends=("</a>", "</b>"))
    assert walk("<b>x</a>123", both).finished
    assert allowed(walk("<", both)) == {ord("a"), ord("b")}
