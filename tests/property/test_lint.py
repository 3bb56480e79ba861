"""Laws of the linter: it never crashes, it points into the text, and mending keeps the meaning and comes to an end."""

import base64
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from olbuild.core.errors import ModelfileError
from olbuild.core.text import apply, compatible
from olbuild.language.lint import Facts, Finding, Selection, fix, lint, topic
from olbuild.language.lint.catalog import TOPICS
from olbuild.language.modelfile import Instruction, Settings, command, parse
from olbuild.language.modelfile.settings import merge
from tests.property.modelfile_machine import tokens
from tests.tools import ROOT

FACTS = Facts(context_length=8, licenses=("mit",), tokens=frozenset({"<a>"}))
# Fixes that change how a file is written, and nothing of what it says.
WRITING = Selection.of(["OLB125", "OLB301", "OLB302", "OLB304", "OLB306", "OLB307", "OLB391"])
# Fixes that remove what has no effect.
EFFECT = Selection.of(["OLB121", "OLB332", "OLB372"])

soup = st.lists(st.sampled_from(sorted(set(tokens()))), max_size=14).map("".join)
lines = st.sampled_from(sorted({line for each in TOPICS for line in each.triggers.data.decode("latin-1").split("\n")}))
mixed = st.lists(st.one_of(lines, soup), max_size=10).map(lambda parts: "FROM x\n" + "\n".join(parts))
ignored = st.lists(
    st.one_of(lines, st.sampled_from([f"# olbuild: ignore={each.code} why" for each in TOPICS])), max_size=8
).map(lambda parts: "FROM x\n" + "\n".join(parts))


def _look(data: bytes) -> tuple[Finding, ...]:
    return lint(data, survey=lambda _: FACTS)


def _makes_sense(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        place = finding.diagnostic.span
        assert 0 <= place.start <= place.end <= len(finding.diagnostic.source.text)
        assert finding.name == topic(finding.code).name
        assert finding.diagnostic.render()
        if finding.fix:
            apply(finding.diagnostic.source.text, [finding.fix])
    fixes = compatible(finding.fix for finding in findings if finding.fix)
    if findings:
        apply(findings[0].diagnostic.source.text, fixes)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=200), mixed.map(str.encode), ignored.map(str.encode)))
def test_no_bytes_crash_it_and_mending_comes_to_an_end(data: bytes) -> None:
    findings = _look(data)
    _makes_sense(findings)
    mended = fix(data, survey=lambda _: FACTS)
    again = fix(mended.data, survey=lambda _: FACTS)
    assert again.data == mended.data
    assert again.applied == ()
    assert _errors(mended.left) <= _errors(findings)
    if not mended.applied:
        assert mended.data == data


def _errors(findings: tuple[Finding, ...]) -> int:
    return sum(finding.diagnostic.is_error for finding in findings)


def _instructions(data: bytes) -> tuple[Instruction, ...] | None:
    try:
        return parse(data).instructions
    except ModelfileError:
        return None


@settings(max_examples=300)
@given(mixed)
@example("FROM x\r\nsystem a\n")
def test_what_is_about_writing_changes_no_meaning(text: str) -> None:
    before = _instructions(text.encode())
    if before is not None:
        after = _instructions(fix(text.encode(), selection=WRITING).data)
        assert after is not None
        assert [command(each) for each in after] == [command(each) for each in before]


@settings(max_examples=300)
@given(mixed)
@example("FROM x\nPARAMETER seed 1\nPARAMETER seed 2\nSYSTEM a\nSYSTEM b")
def test_what_is_removed_had_no_effect(text: str) -> None:
    before = _instructions(text.encode())
    if before is not None:
        after = _instructions(fix(text.encode(), selection=EFFECT).data)
        assert after is not None
        assert _meaning(after) == _meaning(before)


def _meaning(instructions: tuple[Instruction, ...]) -> Settings:
    return merge(instructions)[0]


def test_whatever_ollama_reads_can_be_looked_at() -> None:
    for line in (ROOT / "tests" / "golden" / "modelfiles.jsonl").read_text("utf-8").splitlines():
        _makes_sense(_look(base64.b64decode(json.loads(line)["b64"])))
