"""The table of commands is the one source: every entry is loadable, and nothing else is."""

from pathlib import Path

import pytest
from typer.core import TyperArgument, TyperOption

from olbuild.cli import commands
from olbuild.cli.help import examples_of
from olbuild.cli.parse import COMMON_NAMES, make_command
from olbuild.cli.table import COMMANDS, COMMON, SECTIONS, Entry, overview

MODULES = {path.stem for path in Path(str(commands.__file__)).parent.glob("*.py")} - {"__init__"}


def test_each_module_is_a_command_and_each_command_has_a_module() -> None:
    assert {entry.module for entry in COMMANDS} == MODULES


def test_each_section_is_shown() -> None:
    assert {entry.section for entry in COMMANDS} == set(SECTIONS)
    assert all(entry.line in overview() for entry in COMMANDS)


def test_the_overview_fits_a_terminal() -> None:
    assert max(map(len, overview().splitlines())) <= 80


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_each_help_has_an_example_that_names_the_command(entry: Entry) -> None:
    command = make_command(entry)
    examples = examples_of(command.help or "")
    assert any(f"olbuild {entry.name}" in line for line in examples)


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_each_command_has_the_common_options(entry: Entry) -> None:
    assert set(COMMON_NAMES) <= {parameter.name for parameter in make_command(entry).params}


def test_the_overview_lists_the_common_options() -> None:
    listed = {name.split(" ")[0] for names, _ in COMMON for name in names.split(", ")}
    shared = [parameter for parameter in make_command(COMMANDS[0]).params if parameter.name in COMMON_NAMES]
    assert {name for option in shared for name in option.opts} == listed
    assert len(COMMON) == len(COMMON_NAMES)


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_each_help_says_what_a_value_is(entry: Entry) -> None:
    for parameter in make_command(entry).params:
        if isinstance(parameter, TyperArgument):
            assert parameter.metavar is not None, parameter.name
            assert not parameter.metavar.startswith("["), parameter.metavar  # the help says what may be left out
            assert not parameter.metavar.endswith((".", "…")), parameter.metavar  # and what may be several
        elif isinstance(parameter, TyperOption) and not parameter.is_flag:
            assert parameter.metavar is not None, parameter.name
