"""Lines of a conversation: from a pipe, and words that complete them."""

import io
from pathlib import Path

import pytest

from olbuild.cli.talking.reading import completions, open_lines, read_message


def test_lines_of_a_pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('hello\n"""a\nb"""\n'))
    lines = open_lines(tmp_path / "history")
    assert [read_message(lines, kept=True), read_message(lines, kept=True)] == ["hello", "a\nb"]
    with pytest.raises(EOFError):
        read_message(lines, kept=True)
    assert capsys.readouterr() == ("", ">>> >>> ... >>> \n")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/s", ["/set", "/show", "/save", "/system"]),
        ("/set no", ["noformat", "nothink", "nohistory", "nomarkdown", "nowordwrap"]),
        ("/show m", ["messages", "modelfile"]),
        ("/set parameter temp", ["temperature"]),
        ("/load x", []),
        ("hello", []),
        ("", []),
    ],
)
def test_words_that_complete_a_line(typed: str, words: list[str]) -> None:
    assert sorted(word for word, _ in completions(typed)) == sorted(words)
