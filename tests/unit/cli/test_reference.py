"""docs/commands.md has every command and every option."""

import re

import pytest

from olbuild.cli.parse import COMMON_NAMES, make_command
from olbuild.cli.table import COMMANDS, Entry
from tests.tools import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_the_sections_are_the_commands() -> None:
    assert list(SECTIONS) == ["Options of every command", *(entry.name for entry in COMMANDS)]


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_a_section_has_an_example_and_every_option(entry: Entry) -> None:
    section, shared = SECTIONS[entry.name], SECTIONS["Options of every command"]
    assert f"olbuild {entry.name}" in section
    for parameter in make_command(entry).params:
        for name in (name for name in parameter.opts if name.startswith("-")):
            assert f"`{name}" in (shared if parameter.name in COMMON_NAMES else section) or f" {name}" in section
