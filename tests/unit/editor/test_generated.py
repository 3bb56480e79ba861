"""Files that are made from the tables of the language are current, and the tables say what the language does."""

import json

import pytest

from olbuild.editor.generated.files import FILES
from olbuild.language.modelfile import analyse, parse, settings
from olbuild.language.modelfile.commands import EXTENSIONS, KEYWORDS, ROLES
from olbuild.language.modelfile.extensions import TEST_FLAGS
from olbuild.language.modelfile.reference import BY_KEYWORD, INSTRUCTIONS, ROLE_MEANINGS, InstructionEntry
from olbuild.language.parameters import ENTRIES, PARAMETERS, ParameterEntry, read_value
from olbuild.running.options import LoadOptions, Sampling
from tests.tools import ROOT


@pytest.mark.parametrize("name", FILES)
def test_a_generated_file_is_current(name: str) -> None:
    """``python -m olbuild.editor.generated`` writes them anew."""
    assert (ROOT / name).read_text("utf-8") == FILES[name]()


def test_the_table_of_instructions_has_each_once() -> None:
    assert sorted(BY_KEYWORD) == sorted(KEYWORDS + EXTENSIONS)
    assert {entry.keyword for entry in INSTRUCTIONS if entry.extension} == set(EXTENSIONS)
    assert len(INSTRUCTIONS) == len(BY_KEYWORD)
    assert tuple(ROLE_MEANINGS) == ROLES


@pytest.mark.parametrize("entry", INSTRUCTIONS, ids=lambda entry: entry.keyword)
def test_the_example_of_an_instruction_is_one(entry: InstructionEntry) -> None:
    modelfile = parse(f"FROM base\n{entry.example}\n")
    settings(modelfile)
    assert not modelfile.warnings
    assert entry.syntax.split()[0] == entry.keyword == entry.example.split()[0]
    assert entry.meaning.endswith(".")


def test_the_flags_are_those_of_the_language() -> None:
    """And so is what may stand several times."""
    assert tuple(flag.name for flag in BY_KEYWORD["TEST"].flags) == TEST_FLAGS
    for entry in INSTRUCTIONS:
        for flag in entry.flags:
            value = "1" if flag.value == "NUMBER" else "x"
            text = f"{entry.keyword} --{flag.name}={value} "
            prompt = "" if flag.name == "file" else "p"
            (instruction,) = parse(f"FROM base\n{text}{prompt}\n").instructions[1:]
            assert [name for name, _ in instruction.place.flags] == [flag.name]
            _, found = analyse(f"FROM base\n{entry.keyword} --{flag.name}={value} --{flag.name}={value} {prompt}\n")
            assert bool(found) != flag.repeats


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.name)
def test_what_is_said_of_a_parameter_makes_sense(entry: ParameterEntry) -> None:
    settings(parse(f"FROM base\nPARAMETER {entry.name} {entry.example}\n"))
    assert PARAMETERS[entry.name] == entry.kind
    assert entry.meaning.endswith(".")
    assert entry.default_text
    for choice in entry.choices:
        read_value(entry.kind, choice)
    if entry.range is not None:
        assert float(entry.example) in entry.range
        assert entry.default is None or entry.default in entry.range


def test_the_defaults_are_those_that_the_engine_takes() -> None:
    ours = {name: entry.default for name, entry in ENTRIES.items() if entry.default is not None}
    assert ours.pop("draft_num_predict") == Sampling().guesses(drafts=True)
    for options in (LoadOptions(), Sampling()):
        for name in options.__struct_fields__:
            if name in ours:
                assert ours.pop(name) == getattr(options, name), name
    assert not ours


def test_the_sensible_ranges_forbid_nothing_that_a_reader_must_accept() -> None:
    schema = json.loads(FILES["registry-spec/schemas/params.schema.json"]())
    for each in schema["properties"].values():
        assert not {"minimum", "maximum", "enum", "multipleOf"} & set(each)
        assert each["description"]
