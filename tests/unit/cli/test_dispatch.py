"""From words to a command, and what is said when there is none."""

import pytest

from olbuild.cli.dispatch import dispatch
from olbuild.cli.main import main
from olbuild.cli.table import overview
from olbuild.core.errors import UsageError


@pytest.mark.parametrize("words", [[], ["help"], ["--help"], ["-h"], ["--offline", "--help"], ["--home", "x", "-h"]])
def test_the_overview(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out == overview()


@pytest.mark.parametrize(
    "words", [["ls", "--help"], ["ls", "-h"], ["help", "ls"], ["--quiet", "ls", "--help"], ["-q", "ls", "-h"]]
)
def test_the_help_of_a_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("Usage: olbuild ls [OPTIONS]\n")


@pytest.mark.parametrize("words", [["store"], ["store", "--help"], ["help", "store"]])
def test_a_group_lists_its_commands(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "store verify" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["-x", "ls"], "there is no option -x before a command", "olbuild --help lists the options"),
        (["biuld"], "there is no command 'biuld'", "did you mean olbuild build?"),
        (["store", "verfy"], "there is no command 'store verfy'", "did you mean olbuild store verify?"),
        (["xyzzy"], "there is no command 'xyzzy'", "olbuild --help lists the commands"),
        (
            ["--frobnicate", "ls"],
            "there is no option --frobnicate before a command",
            "olbuild --help lists the options",
        ),
        (["ls", "--jsn"], "there is no option --jsn", "did you mean --json?"),
        (["ls", "more"], "got unexpected extra argument(s) (more)", "olbuild ls --help shows how it is used"),
        (["rm"], "missing argument 'NAME'", "olbuild rm --help shows how it is used"),
        (["ls", "--home"], "option '--home' requires an argument", "olbuild ls --help shows how it is used"),
        (["ls", "--progress", "fast"], "is none of auto, plain, json, none", "olbuild ls --help shows how it is used"),
    ],
)
def test_what_is_wrong_with_a_command_line(words: list[str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        dispatch(words)
    assert message in refused.value.message
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    "words",
    [
        ["--offline", "config", "--json"],
        ["config", "--offline", "--json"],
        ["-q", "--offline", "config", "--json"],
        ["--home", "/elsewhere", "--offline", "config", "--json"],
        ["--home=/elsewhere", "--offline", "config", "--json"],
    ],
)
def test_common_options_may_stand_before_the_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    import json

    assert main(words) == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert settings["offline"] == {**settings["offline"], "value": True, "origin": "command line"}
    assert (settings["home"]["value"] == "/elsewhere") == any("/elsewhere" in word for word in words)
