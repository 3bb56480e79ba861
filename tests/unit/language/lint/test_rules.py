"""Every rule finds its own example and nothing else in it, finds nothing in the clean one, and mends what it says."""

import re

import pytest

from olbuild.language.lint import RULES, TOPICS, fix, lint, topic
from olbuild.language.lint.topic import Example, Topic
from olbuild.language.modelfile import Code, Dialect, parse, settings

ON_DISK = {
    *(Code.MISSING_PATH, Code.UNKNOWN_USER, Code.UNREADABLE_PATH, Code.DRAFT_IS_FROM),
    *(Code.UNREADABLE_FILE, Code.BAD_MESSAGES, Code.FILE_NOT_TEXT),
}
IN_A_BUILD = {Code.NO_ARGUMENT, Code.NO_EQUIVALENT}
DIALECTS: tuple[Dialect, ...] = ("olbuild", "ollama")
FOUND = [each for each in TOPICS if each.code not in ON_DISK | IN_A_BUILD]


def codes(example: Example) -> list[str]:
    found = lint(example.data, dialect=example.dialect, survey=lambda _: example.facts)
    return [finding.code for finding in found]


def by_code(each: Topic) -> str:
    return f"{each.code}-{each.name}"


@pytest.mark.parametrize("each", FOUND, ids=by_code)
def test_the_example_triggers_the_rule_and_no_other(each: Topic) -> None:
    assert set(codes(each.triggers)) == {each.code}


@pytest.mark.parametrize("each", FOUND, ids=by_code)
def test_the_clean_example_triggers_nothing(each: Topic) -> None:
    assert codes(each.passes) == []


@pytest.mark.parametrize("each", FOUND, ids=by_code)
def test_a_finding_says_what_to_do_and_where(each: Topic) -> None:
    for finding in lint(each.triggers.data, dialect=each.triggers.dialect, survey=lambda _: each.triggers.facts):
        assert finding.diagnostic.hint
        assert finding.diagnostic.severity == each.severity
        assert finding.name == each.name
        assert 0 <= finding.diagnostic.span.start <= finding.diagnostic.span.end <= len(finding.diagnostic.source.text)


@pytest.mark.parametrize("each", FOUND, ids=by_code)
def test_what_is_mended_is_gone_and_nothing_new_appears(each: Topic) -> None:
    example = each.triggers
    mended = fix(example.data, dialect=example.dialect, survey=lambda _: example.facts)
    fixable = [f for f in lint(example.data, dialect=example.dialect, survey=lambda _: example.facts) if f.fix]
    assert bool(mended.applied) == bool(fixable)
    if fixable:
        assert mended.left == ()
        settings(parse(mended.data, dialect=example.dialect))
    else:
        assert mended.data == example.data


def test_codes_and_names_are_unique_and_in_order() -> None:
    assert [each.code for each in TOPICS] == sorted({each.code for each in TOPICS})
    assert len({each.name for each in TOPICS}) == len(TOPICS)
    for each in TOPICS:
        assert re.fullmatch(r"OLB[123]\d\d", each.code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name)
        assert each.reason.endswith(".")
        assert topic(each.code) is each
    assert len(RULES) >= 35


def test_every_code_of_the_language_is_a_topic() -> None:
    assert {each.code for each in TOPICS} >= {str(code) for code in Code}
    for code in Code:
        assert topic(code).severity == ("warning" if "OLB120" < code < "OLB140" else "error")


def test_a_rule_never_raises_on_what_another_example_is() -> None:
    for each in TOPICS:
        for example in (each.triggers, each.passes):
            for dialect in DIALECTS:
                lint(example.data, dialect=dialect)
