"""Laws of the Modelfile language: any bytes at all, against a second implementation, and back through printing."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile import Message, Modelfile, command, format_commands, parse
from olbuild.language.modelfile import settings as merged
from olbuild.language.modelfile.visible import visible
from tests.property.modelfile_machine import Machine, Refused, tokens

soup = st.lists(st.sampled_from(sorted(set(tokens()))), max_size=14).map("".join)
encodings = st.sampled_from(
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]
)


def _spans_are_inside(findings: tuple[Diagnostic, ...]) -> None:
    for finding in findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(finding.source.text)
        assert finding.code in finding.render()


def _parsed(data: bytes | str) -> Modelfile | None:
    """Return the Modelfile, or nothing when it is refused; what is reported makes sense either way."""
    findings: tuple[Diagnostic, ...]
    try:
        modelfile = parse(data, dialect="ollama")
        findings = modelfile.warnings
    except ModelfileError as error:
        modelfile, findings = None, error.diagnostics
    _spans_are_inside(findings)
    assert any(finding.is_error for finding in findings) == (modelfile is None)
    return modelfile


@settings(max_examples=600)
@given(soup)
@example("\u200bFROM x")
@example("\u200b\u200bFROM x")
@example("FROM \u200b \x0c\r\n")
@example('FROM x\nSYSTEM """"\n"""')
@example('FROM x\nSYSTEM ""\n"\n"')
def test_it_accepts_what_the_state_machine_accepts_and_means_the_same(text: str) -> None:
    try:
        expected = Machine().run(text.removeprefix("\ufeff"))
    except Refused:
        expected = None
    modelfile = _parsed(text)
    assert (modelfile and [command(each) for each in modelfile.instructions]) == expected


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=200), soup.map(str.encode)))
def test_no_bytes_crash_it(data: bytes) -> None:
    modelfile = _parsed(data)
    _spans_are_inside(_problems(modelfile) if modelfile else ())


def _problems(modelfile: Modelfile) -> tuple[Diagnostic, ...]:
    try:
        merged(modelfile)
    except ModelfileError as error:
        return error.diagnostics
    return ()


@given(soup, encodings)
def test_the_encoding_makes_no_difference(text: str, encoding: tuple[str, bytes]) -> None:
    name, mark = encoding
    text = text.removeprefix("\ufeff")
    assert _parsed(mark + text.encode(name)) == _parsed(text)


@given(soup)
@example("FROM x\nSYSTEM ${A} $${A} $\n")
@example('FROM x\nSYSTEM "--file=x"\nFROM "a AS b"\n')
def test_what_ollama_reads_means_the_same_in_both_dialects(text: str) -> None:
    ours, theirs = (_instructions(text, dialect) for dialect in ("olbuild", "ollama"))
    if not _EXTENDED.search(text):
        assert ours == theirs


_EXTENDED = re.compile(r"(?i)\b(?:arg|include|label|quantize|test|unset)\b|--[a-z-]+=|\bas\b(?!.*\")")


def _instructions(text: str, dialect: str) -> object:
    try:
        return parse(text, dialect=dialect).instructions  # type: ignore[arg-type]
    except ModelfileError as error:
        return [finding.code for finding in error.diagnostics]


@settings(max_examples=300)
@given(soup)
def test_what_is_printed_means_the_same_where_ollama_can_read_it_back(text: str) -> None:
    modelfile = _parsed("FROM x\n" + text)
    if modelfile is None:
        return
    printed = format_commands(modelfile)
    try:
        again = Machine().run(printed)
    except Refused:
        assert _parsed(printed) is None
        return
    reparsed = _parsed(printed)
    assert reparsed is not None
    assert [command(each) for each in reparsed.instructions] == again
    if all(_survives(*command(each)) for each in modelfile.instructions):
        assert reparsed.instructions == modelfile.instructions


def _survives(name: str, text: str) -> bool:
    """Whether Ollama's printing keeps a value: it escapes nothing, and quotes only for a line feed or outer spaces."""
    return bool(name) and not set(text) & {'"', "\r", "\t"} and (name != "message" or ": " in text) and name.isascii()


@given(soup)
def test_every_value_is_what_its_span_shows(text: str) -> None:
    modelfile = _parsed("FROM x\n" + text)
    for each in modelfile.instructions if modelfile else ():
        shown = visible(each.place.value.text).text
        _, value = command(each)
        texts = {value, value.partition(": ")[2]} if isinstance(each, Message) else {value}
        assert shown in {f"{quote}{text}{quote}" for text in texts for quote in ("", '"', '"""')}
        assert each.place.span.start <= each.place.keyword.start <= each.place.value.start
        assert each.place.value.end == each.place.span.end


@given(st.text(max_size=60))
def test_what_is_visible_leads_back_to_the_source(text: str) -> None:
    seen = visible(text)
    assert [text[seen.original(offset)] for offset in range(len(seen.text))] == list(seen.text)
    assert len(seen.text) + len(seen.dropped) == len(text)
    assert seen.original(len(seen.text)) == len(text)
