"""INCLUDE and --file."""

import pytest

from olbuild.language.modelfile import Dialect, Message, expand, parse
from tests.unit.language.modelfile.beside import Files, built, refused


def test_an_included_file_stands_where_it_is_included() -> None:
    files = {
        "parts/a": "PARAMETER stop b\nINCLUDE deeper/c\nSYSTEM --file=s.md\n",
        "parts/deeper/c": "ADAPTER ../x.gguf\nPARAMETER stop ${A}\n",
        "parts/s.md": "Hällo ${A}\n",
    }
    elaborated = built("ARG A=c\nFROM x\nPARAMETER stop a\nINCLUDE parts/a\nPARAMETER stop d\n", files)
    (settings,) = elaborated.stages
    assert settings.parameters["stop"] == ("a", "b", "c", "d")
    assert settings.system
    assert settings.system.text == "Hällo ${A}\n", "the text of a file is taken as it is"
    (adapter,) = settings.adapters
    assert adapter.place.folder == "parts/deeper/"
    assert [source.name for source in elaborated.sources] == ["Modelfile", "parts/a", "parts/deeper/c", "parts/s.md"]


def test_an_included_file_may_bring_the_from_and_declare_arguments() -> None:
    (settings,) = built("INCLUDE a\nSYSTEM ${B}\n", {"a": "ARG B=one\nFROM x\n"}, {"B": "two"}).stages
    assert settings.system
    assert settings.system.text == "two"
    assert refused("INCLUDE a\n", {"a": "SYSTEM x\n"}) == [("OLB108", "")]


def test_findings_point_into_the_file_and_come_all_at_once() -> None:
    files = {"a": "FORM x\nPARAMETER top_k x\nSYSTEM --file=missing\n", "b": '{"role": "user"}\nnot json\n'}
    assert refused("FROM x\nSYSTM x\nINCLUDE a\nMESSAGE --file=b\n", files) == [
        *(("OLB101", "SYSTM"), ("OLB101", "FORM"), ("OLB109", "x"), ("OLB166", "--file=missing")),
        *(("OLB168", '{"role": "user"}'), ("OLB168", "not json")),
    ]


@pytest.mark.parametrize(
    ("files", "way"),
    [
        ({"a": "INCLUDE a\n"}, "Modelfile → a → a"),
        ({"a": "INCLUDE b/c\n", "b/c": "INCLUDE ../a\n"}, "Modelfile → a → b/c → a"),
        ({"a": "INCLUDE Modelfile\n"}, "Modelfile → a → Modelfile"),
    ],
)
def test_a_circle_is_shown_as_a_whole(files: dict[str, str | bytes], way: str) -> None:
    from olbuild.core.errors import ModelfileError

    with pytest.raises(ModelfileError) as caught:
        built("FROM x\nINCLUDE a\n", files)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.message) == ("OLB164", f"the file includes itself: {way}")


def test_depth_and_number_of_files_are_bounded() -> None:
    deep: dict[str, str | bytes] = {str(index): f"INCLUDE {index + 1}\n" for index in range(50)}
    assert [code for code, _ in refused("FROM x\nINCLUDE 0\n", deep)] == ["OLB164"]
    wide: dict[str, str | bytes] = {str(index): f"INCLUDE {index + 1}\n" * 10 for index in range(15)}
    codes = {code for code, _ in refused("FROM x\nINCLUDE 0\n", {**wide, "15": "# end\n"})}
    assert codes == {"OLB164"}


def test_the_same_file_may_be_included_twice() -> None:
    (settings,) = built("FROM x\nINCLUDE a\nINCLUDE a\n", {"a": "PARAMETER stop a\n"}).stages
    assert settings.parameters["stop"] == ("a", "a")


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", "~/a", "a/../../b", ".", "..", "a\0b"])
def test_nothing_outside_of_the_folder_is_read(path: str) -> None:
    reader = Files({})
    for line in (f'INCLUDE "{path}"', f'SYSTEM --file="{path}"', f'TEST --json-schema="{path}" x'):
        found = expand(parse(f"FROM x\n{line}\n"), reader, {}).found
        expected = "OLB166" if "\0" in path else "OLB165"  # a null byte is no visible character, and dropped
        assert [finding.code for finding in found] == [expected]
    assert not [each for each in reader.read_paths if each != "ab"]


def test_an_included_file_may_look_up_as_far_as_the_folder() -> None:
    files = {"a/b": "SYSTEM --file=../c\n", "c": "text"}
    (settings,) = built("FROM x\nINCLUDE a/b\n", files).stages
    assert settings.system
    assert settings.system.text == "text"
    assert refused("FROM x\nINCLUDE a/b\n", {"a/b": "SYSTEM --file=../../c\n"}) == [("OLB165", "--file=../../c")]


def test_a_text_is_the_file_byte_for_byte_but_for_its_mark() -> None:
    text = "\ufeffé\u200b\r\n\n"
    (settings,) = built("FROM x\nTEMPLATE --file=t\n", {"t": text}).stages
    assert settings.template
    assert settings.template.text == text[1:]
    assert refused("FROM x\nTEMPLATE --file=t\n", {"t": b"\xe9"}) == [("OLB169", "--file=t")]


def test_messages_of_a_file_stand_where_it_is_named() -> None:
    lines = '{"role": "user", "content": "b"}\r\n\n{"content": "", "role": "assistant"}'
    (settings,) = built("FROM x\nMESSAGE user a\nMESSAGE --file=m\nMESSAGE user c\n", {"m": lines}).stages
    assert [(each.role, each.content) for each in settings.messages] == [
        *(("user", "a"), ("user", "b"), ("assistant", ""), ("user", "c"))
    ]


@pytest.mark.parametrize(
    "line",
    [
        *("[]", "1", "{}", '{"role": "user", "content": 1}', '{"role": "tool", "content": "x"}'),
        *('{"role": "user", "content": "x", "name": "y"}', '{"role": "user", "content": "\\ud800"}', "[" * 100_000),
    ],
)
def test_a_line_that_is_no_message(line: str) -> None:
    assert refused("FROM x\nMESSAGE --file=m\n", {"m": line}) == [("OLB168", line)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("SYSTEM --file=a text", "OLB167"),
        ("SYSTEM --file=a --file=b", "OLB167"),
        ("SYSTEM --file=", "OLB167"),
        ("MESSAGE --file=a text", "OLB167"),
        ("ADAPTER --scale=1 --scale=2 a", "OLB167"),
        ("TEST --name=a --name=b --contains=c x", "OLB167"),
        ("TEST --contains=c --unknown=1 x", "OLB167"),
        ("TEST --contains c", "OLB167"),
        ("TEST --contains=c", "OLB103"),
        ("TEST --json-schema=bad.json x", "OLB176"),
        ("TEST x", "OLB176"),
        ("TEST --contains= x", "OLB176"),
        ("TEST --max-tokens=0 --contains=c x", "OLB176"),
        ("TEST --max-tokens=many --contains=c x", "OLB176"),
        ("ADAPTER --scale=x a", "OLB175"),
        ("ADAPTER --scale=inf a", "OLB175"),
        ("ADAPTER --scale= a", "OLB175"),
        ("UNSET SYSTEM x", "OLB172"),
        ("UNSET", "OLB103"),
        ("LABEL a", "OLB174"),
        ("LABEL -a=b", "OLB174"),
        ("LABEL org.opencontainers.image.created=x", "OLB174"),
        ("LABEL dev.olbuild.role=x", "OLB174"),
        ("QUANTIZE Q9", "OLB173"),
    ],
)
def test_wrong_flags_and_values(line: str, code: str) -> None:
    assert [found for found, _ in refused(f"FROM x\n{line}\n", {"a": "", "bad.json": "{"})] == [code]


def test_only_known_flags_are_flags_and_quotes_make_them_text() -> None:
    (settings,) = built('FROM x\nSYSTEM --fil=a\nLICENSE "--file=a"\nTEMPLATE x --file=a\n').stages
    assert settings.system
    assert settings.system.text == "--fil=a"
    assert settings.licenses[0].text == "--file=a"
    assert settings.template
    assert settings.template.text == "x --file=a"


def test_in_the_dialect_ollama_a_flag_is_text_and_an_extension_is_refused() -> None:
    dialect: Dialect = "ollama"
    modelfile = parse("FROM x AS y\nSYSTEM --file=a\nADAPTER --scale=1 a\nSYSTEM ${A}\n", dialect=dialect)
    texts = [each.place.value.text for each in modelfile.instructions]
    assert texts == ["x AS y", "--file=a", "--scale=1 a", "${A}"]
    expanded = expand(modelfile, Files({}), {})
    assert expanded.instructions == modelfile.instructions


def test_what_nobody_knows_yet_is_left_out() -> None:
    text = "ARG A\nFROM x\nPARAMETER top_k ${A}\nSYSTEM --file=${A}\nMESSAGE --file=m\nPARAMETER top_k 1\n"
    expanded = expand(parse(text), None, None)
    assert expanded.found == ()
    assert [type(each).__name__ for each in expanded.own] == ["Arg", "From", "Parameter"]
    assert not [each for each in expanded.instructions if isinstance(each, Message)]
