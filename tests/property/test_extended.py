"""Laws of what olbuild adds to the language: one form, arguments that are put in once, and the same in plain Ollama."""

import string

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from olbuild.artifact.bundle import Bundle, overlay, without
from olbuild.building.sources.texts import stage_content, stage_removals
from olbuild.core.errors import ModelfileError
from olbuild.language.modelfile import Elaborated, elaborate, parse
from olbuild.language.modelfile.format import format_modelfile
from olbuild.language.modelfile.lower import lower
from tests.unit.language.modelfile.beside import Files

FILES = {"a.md": "A ${x}\n", "b/c.modelfile": "PARAMETER stop c\nSYSTEM --file=../a.md\n", "s.json": "{}"}

word = st.text('ab"$ {}-=\t', min_size=1, max_size=8)
quote = st.sampled_from(["", '"', '"""'])
value = st.builds(lambda mark, text: f"{mark}{text}{mark}", quote, word)
LINES = r"""
FROM ./m.gguf
FROM ./m.gguf AS s
FROM ./m.gguf as  t
FROM s
FROM t
INCLUDE b/c.modelfile
SYSTEM --file=a.md
LICENSE --file="a.md"
ADAPTER --scale=0.5 ./x
UNSET SYSTEM
unset parameter stop
UNSET MESSAGE
UNSET LICENSE
UNSET PARAMETER
QUANTIZE q4_0
LABEL a=b c
# comment
TEST --contains=a b
TEST  --matches="a b"  --name=n x
TEST --json-schema=s.json --max-tokens=9 z
PARAMETER top_k 1
PARAMETER stop ${x}
MESSAGE user ${x}
MESSAGE assistant b
RENDERER qwen3-coder
""".strip().splitlines()
line = st.one_of(
    st.sampled_from(LINES),
    st.builds(lambda text: f"ARG x={text}", value),
    st.builds(lambda text: f"SYSTEM {text}", value),
    st.builds(lambda text: f"LICENSE {text}", value),
    st.builds(lambda text: f"TEST --contains={text}", value),
    st.builds(lambda text: f"LABEL k={text}", value),
)
begin = st.sampled_from(["FROM ./m.gguf", "FROM ./m.gguf AS s", "ARG x=1\nFROM ./m.gguf AS s"])
anything = st.builds(lambda first, rest: "\n".join([first, *rest]), begin, st.lists(line, max_size=8))
# Mostly what can be said in plain Ollama, in two stages.
plain = st.one_of(
    st.sampled_from(
        [each for each in LINES if each.split()[0] in {"SYSTEM", "LICENSE", "PARAMETER", "MESSAGE", "RENDERER"}]
    ),
    st.sampled_from([each for each in LINES if each.split()[0].upper() == "UNSET"]),
    st.builds(
        lambda keyword, text: f"{keyword} {text}", st.sampled_from(["SYSTEM", "LICENSE", "PARAMETER stop"]), value
    ),
)
parts = st.lists(plain, max_size=4).map("\n".join)
staged = st.builds(lambda one, two: f"ARG x=1\nFROM ./m.gguf AS s\n{one}\nFROM s\n{two}", parts, parts)
modelfiles = anything | staged


def elaborated(text: str, dialect: str = "olbuild") -> Elaborated | None:
    try:
        return elaborate(text, Files(FILES), dialect=dialect)  # type: ignore[arg-type]
    except ModelfileError:
        return None


def bundle(made: Elaborated) -> Bundle:
    """Return what the stages say together, as the build puts them on top of each other."""
    result = Bundle()
    for stage in made.stages:
        result = overlay(without(result, stage_removals(stage)), stage_content(stage, None))
    return result


@settings(max_examples=400)
@given(modelfiles)
@example('FROM ./m.gguf\nTEST --contains=a"b c')
@example('ARG x=""\nFROM ./m.gguf AS s\nFROM s')
def test_the_one_form_means_the_same_and_is_its_own(text: str) -> None:
    try:
        formatted = format_modelfile(text)
    except ModelfileError:
        return
    assert format_modelfile(formatted) == formatted
    before, after = elaborated(text), elaborated(formatted)
    assert (before and before.stages) == (after and after.stages)


def _lowered(made: Elaborated) -> str | None:
    """Return a file in plain Ollama, or ``None`` if it says which instructions have no equal there."""
    try:
        return lower(made.lines)
    except ModelfileError as refused:
        found = {(finding.code, finding.span.text.isalpha()) for finding in refused.diagnostics}
    assert found == {("OLB178", True)}
    return None


@settings(max_examples=400)
@given(modelfiles)
@example("FROM ./m.gguf AS s\nSYSTEM a\nLICENSE a\nPARAMETER stop a\nFROM s\nSYSTEM\nUNSET PARAMETER\nLICENSE a")
@example('FROM ./m.gguf AS s\nMESSAGE user a\nFROM s\nUNSET MESSAGE\nSYSTEM ""')
def test_plain_ollama_says_the_same_or_names_what_it_cannot_say(text: str) -> None:
    made = elaborated(text)
    lowered = _lowered(made) if made is not None else None
    if made is None or lowered is None:
        return
    again = elaborated(lowered, "ollama")
    assert again is not None
    assert bundle(again) == bundle(made)
    assert elaborated(lowered) is not None


@given(st.text('${}x:-"a', max_size=20), st.text(string.printable, max_size=6))
def test_an_argument_is_put_in_once_and_changes_nothing_else(text: str, given_: str) -> None:
    def system(modelfile: str, given: dict[str, str]) -> str | None:
        try:
            (stage,) = elaborate(modelfile, Files(FILES), given=given).stages
        except ModelfileError:
            return None
        return stage.system.text if stage.system else None

    plain = system(f'FROM y\nSYSTEM """{text}"""', {})
    assume(plain is not None)
    with_argument = system(f'ARG x\nFROM y\nSYSTEM """{text}"""', {"x": given_})
    assert plain is not None
    assert with_argument is not None
    if "${x" not in plain:
        assert with_argument == plain
    marked = plain.replace("$${x}", "\0").replace("${x}", given_).replace("\0", "${x}")
    if "${x:" not in plain:
        assert with_argument == marked


def test_no_ollama_file_can_be_changed_by_an_argument() -> None:
    text = "FROM x\nSYSTEM ${PATH} $${x} ${x:-y}\n"
    assert parse(text).instructions == parse(text, dialect="ollama").instructions
