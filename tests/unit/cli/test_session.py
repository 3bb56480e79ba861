"""What a command gets: settings, and the ways to write."""

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.cli.progress import Silent
from olbuild.cli.session import CommonOptions, Session, _escaped, open_session
from olbuild.core.config import load_config
from olbuild.core.errors import NotFoundError, UsageError


def options(**changed: object) -> CommonOptions:
    usual = {"quiet": False, "progress": "plain", "offline": False, "home": None, "debug": False}
    return CommonOptions(**{**usual, **changed})  # type: ignore[typeddict-item]


def session() -> Session:
    return Session(load_config(), Silent(), quiet=False, progress="auto")


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists))
def test_json_has_no_character_that_a_terminal_obeys(document: object) -> None:
    lines = [_escaped(line) for line in json.dumps(document, indent=2, ensure_ascii=False).split("\n")]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u202a-\u202e\ud800-\udfff]", "\n".join(lines))
    assert json.loads("\n".join(lines)) == document


def test_json_fits_the_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr("sys.stdout", stream)
    session().write_json("é界")
    stream.flush()
    assert stream.buffer.getvalue() == '"é\\u754c"\n'.encode("latin-1")


def test_a_text_is_written_as_it_is_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    session().write("a\x1b[1mb\tc")
    assert capsys.readouterr().out == "a\x1b[1mb\tc\n"


def test_on_a_terminal_it_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    session().write("a\x1b[1mb\nc")
    assert stream.getvalue() == "a\N{REPLACEMENT CHARACTER}[1mb\nc\n"


def test_talk_and_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    with open_session(**options()) as opened:
        opened.say("hello")
        opened.warn("careful")
    assert capsys.readouterr().err == "hello\nwarning: careful\n"
    with open_session(**options(quiet=True)) as opened:
        opened.say("hello")
        opened.warn("careful")
    assert capsys.readouterr().err == ""


def test_home_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_session(**options(home="here")) as opened:
        assert opened.config.home == tmp_path / "here"
        opened.with_settings(plain_http=("a", "b"))
        assert opened.config.plain_http == ("a", "b")
        assert opened.config.home == tmp_path / "here", "what the command line said stays"


def test_json_progress_reports_the_failure_once(capsys: pytest.CaptureFixture[str]) -> None:
    import typer

    with pytest.raises(typer.Exit) as ended, open_session(**options(progress="json")):
        raise NotFoundError("no such name", hint="look elsewhere")
    assert ended.value.exit_code == 4
    assert json.loads(capsys.readouterr().err) == {
        "event": "failed",
        "message": "no such name",
        "hint": "look elsewhere",
        "exit_code": 4,
    }


def test_other_failures_are_left_to_the_renderer(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError), open_session(**options()):
        raise UsageError("no")
    assert capsys.readouterr().err == ""
