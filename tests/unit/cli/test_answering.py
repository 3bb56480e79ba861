"""Answers: what stands on standard output, what is remembered, and the figures."""

import io
from collections.abc import Iterator, Sequence
from typing import Self, cast

import pytest

from olbuild.artifact.bundle import Message
from olbuild.cli.answering import Answerer, figures
from olbuild.cli.progress import Silent
from olbuild.cli.session import Session
from olbuild.core.config import load_config
from olbuild.core.errors import UsageError
from olbuild.running.requests import Delta, Done
from olbuild.running.session import Model

RESULT = Done(
    finish="stop",
    prompt_tokens=30,
    cached_tokens=10,
    tokens=8,
    prompt_seconds=0.5,
    generation_seconds=0.25,
    seed=42,
)


class Generation:
    result = RESULT

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = pieces
        self.closed = False

    def __iter__(self) -> Iterator[Delta]:
        for piece in self._pieces:
            if piece == "^C":
                raise KeyboardInterrupt
            yield Delta(content=piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.closed = True


class Speaker:
    """A model that says what it is told to, and writes down what it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.conversations: list[list[str]] = []
        self.generations: list[Generation] = []

    def chat(self, messages: Sequence[Message]) -> Generation:
        if messages[-1].content == "too long":
            raise UsageError("it does not fit")
        self.conversations.append([f"{message.role}: {message.content}" for message in messages])
        self.generations.append(Generation(self._answers.pop(0)))
        return self.generations[-1]


def answerer(speaker: Speaker) -> Answerer:
    session = Session(load_config(), Silent(), quiet=False, progress="auto")
    return Answerer(cast("Model", speaker), session, verbose=False)


@pytest.mark.parametrize(
    ("pieces", "written"),
    [(["Par", "is."], "Paris.\n"), (["Paris.\n"], "Paris.\n"), ([], ""), (["a\x1b[2Jb"], "a\x1b[2Jb\n")],
)
def test_an_answer_ends_in_one_line_end(pieces: list[str], written: str, capsys: pytest.CaptureFixture[str]) -> None:
    answerer(Speaker(pieces)).answer("hello")
    assert capsys.readouterr() == (written, "")


def test_on_a_terminal_an_answer_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    answerer(Speaker(["a\x1b[2J\x9b\rb\n\tc\N{ZERO WIDTH JOINER}"])).answer("hello")
    mark = "\N{REPLACEMENT CHARACTER}"
    assert stream.getvalue() == f"a{mark}[2J{mark}{mark}b\n\tc\N{ZERO WIDTH JOINER}\n"


def test_the_conversation_goes_on() -> None:
    speaker = Speaker(["one"], ["two", "^C", "never"], ["three"], ["four"])
    talk = answerer(speaker)
    talk.answer("first")
    with pytest.raises(KeyboardInterrupt):
        talk.answer("second")
    assert speaker.generations[-1].closed
    with pytest.raises(UsageError):
        talk.answer("too long")
    talk.answer("third")
    assert speaker.conversations[-1] == [
        *("user: first", "assistant: one", "user: second", "assistant: two", "user: third")
    ]
    talk.forget()
    talk.answer("fourth")
    assert speaker.conversations[-1] == ["user: fourth"]


def test_figures() -> None:
    assert figures(RESULT) == (
        "prompt: 30 tokens, 10 of them known, 0.5 s, 40.0 tokens/s\n"
        "answer: 8 tokens, 0.2 s, 32.0 tokens/s, ended by stop, seed 42"
    )


def test_with_a_closed_standard_output_the_conversation_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = Speaker(["one"], ["two"])
    talk = answerer(speaker)
    monkeypatch.setattr("sys.stdout", None)
    talk.answer("first")
    talk.answer("second")
    assert speaker.conversations[-1] == ["user: first", "assistant: one", "user: second"]
