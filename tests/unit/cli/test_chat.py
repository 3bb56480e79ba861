"""The conversation, with lines from a pipe and a partner who writes down what it is asked."""

import io
from pathlib import Path

import pytest

from olbuild.cli.chat import converse
from olbuild.core.errors import EngineError, UsageError


class Partner:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def answer(self, text: str) -> None:
        self.heard.append(text)
        if text == "stop me":
            raise KeyboardInterrupt
        if text == "too long":
            raise UsageError("the prompt does not fit")
        if text == "break":
            raise EngineError("broken")

    def forget(self) -> None:
        self.heard.append("<forgotten>")


def talk(lines: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[list[str], list[str]]:
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    partner, said = Partner(), list[str]()
    converse(partner, said.append, tmp_path / "state" / "history")
    return partner.heard, said


@pytest.mark.parametrize(
    ("lines", "heard"),
    [
        ("hello\n", ["hello"]),
        ("\n  \nhello\n", ["hello"]),
        ("one\n/bye\ntwo\n", ["one"]),
        ("one\n/clear\ntwo\n", ["one", "<forgotten>", "two"]),
        ('"""first\nsecond"""\n', ["first\nsecond"]),
        ('"""one line"""\n', ["one line"]),
        ('"""\nfirst\n\nsecond\n"""\nnext\n', ["first\n\nsecond", "next"]),
        ("stop me\nnext\n", ["stop me", "next"]),
        ("too long\nnext\n", ["too long", "next"]),
        ("/etc/hosts is a file\n", ["/etc/hosts is a file"]),
        ("/help\n/nonsense\n", []),
        ("", []),
    ],
)
def test_what_the_partner_hears(lines: str, heard: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert talk(lines, monkeypatch, tmp_path)[0] == heard


def test_what_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, said = talk("too long\n/nonsense\n", monkeypatch, tmp_path)
    assert said[1:] == ["error: the prompt does not fit", "there is no /nonsense; /help shows what there is"]


def test_a_broken_engine_ends_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        talk("break\nnext\n", monkeypatch, tmp_path)


def test_the_prompt_is_no_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk("hello\n", monkeypatch, tmp_path)
    assert capsys.readouterr().out == ""
