"""Comments that accept findings, and prefixes that select them."""

import pytest

from olbuild.core.errors import UsageError
from olbuild.language.lint import Facts, Selection, lint
from olbuild.language.lint import fix as mend


def codes(text: str, facts: Facts | None = None) -> list[str]:
    return [finding.code for finding in lint(text.encode(), survey=lambda _: facts or Facts())]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('FROM x:1\n# olbuild: ignore=OLB371 meant so\nSYSTEM ""\n', []),
        ('FROM x:1\n#olbuild:ignore=OLB371 meant so\nSYSTEM ""\n', []),
        ('FROM x:1\n# olbuild: ignore=OLB371 meant so\n# and more\n\nSYSTEM ""\n', []),
        ('FROM x:1\n# olbuild: ignore=OLB306,OLB371 meant so\nsystem ""\n', []),
        ('FROM x:1\nSYSTEM ""\n# olbuild: ignore=OLB371 too late\n', ["OLB371", "OLB391"]),
        ('FROM x:1\n# olbuild: ignore=OLB371 too early\nLICENSE MIT\nSYSTEM ""\n', ["OLB391", "OLB371"]),
        ('FROM x:1\n# olbuild: ignore=OLB371\nSYSTEM ""\n', ["OLB393"]),
        ('FROM x:1\n# olbuild: ignore=olb371 why\nSYSTEM ""\n', ["OLB392", "OLB371"]),
        ('FROM x:1\n# olbuild: ignore=OLB371, OLB306 why\nSYSTEM ""\n', ["OLB392", "OLB371"]),
        ("FROM x:1\n# olbuild: ignore=OLB121 old servers need it\nPARAMETER mirostat 1\n", []),
        ("FROM x:1\n# olbuild: ignore=OLB102 hidden\nPARAMETER nope 1\n", ["OLB102"]),
        ("FROM x:1\n# olbuild: ignore=OLB101 hidden\nSYSTM x\n", ["OLB101"]),
        ("# olbuild: ignore=OLB308 as it was\nSYSTEM a\n# olbuild: ignore=OLB308 as it was\nFROM x:1\n", ["OLB391"]),
        ("# olbuild: ignore=OLB381 made up\n# hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nFROM x:1\n", []),
        ("SYSTEM '''# olbuild: ignore=OLB371'''\nFROM x:1\n", ["OLB322", "OLB308"]),
    ],
)
def test_what_a_comment_accepts(text: str, left: list[str]) -> None:
    assert codes(text) == left


def test_an_ignore_of_a_rule_that_needs_facts_is_never_unused() -> None:
    text = "FROM ./m.gguf\n# olbuild: ignore=OLB333 tried, and it works\nPARAMETER num_ctx 9999\n"
    assert codes(text) == []
    assert codes(text, Facts(context_length=2048)) == []
    assert codes(text, Facts(context_length=16384)) == []


def test_unused_codes_are_taken_out() -> None:
    text = b'FROM x:1\n# olbuild: ignore=OLB306,OLB371,OLB332 why\nSYSTEM ""\n'
    assert mend(text).data == b'FROM x:1\n# olbuild: ignore=OLB371 why\nSYSTEM ""\n'
    assert mend(b"FROM x:1\n# olbuild: ignore=OLB371 why\nSYSTEM a\n").data == b"FROM x:1\nSYSTEM a\n"


@pytest.mark.parametrize(
    ("select", "ignore", "left"),
    [
        ((), (), ["OLB311", "OLB306", "OLB371"]),
        (("OLB3",), ("OLB31",), ["OLB306", "OLB371"]),
        (("OLB306,OLB311",), (), ["OLB311", "OLB306"]),
        (("olb306",), ("OLB3",), ["OLB306"]),
        ((), ("OLB",), []),
        (("OLB306",), ("OLB306",), []),
    ],
)
def test_selection(select: tuple[str, ...], ignore: tuple[str, ...], left: list[str]) -> None:
    findings = lint(b'FROM x\nsystem ""\n')
    assert [finding.code for finding in Selection.of(select, ignore).keep(findings)] == left


def test_an_error_of_the_language_is_always_shown() -> None:
    findings = lint(b"FROM x:1\nSYSTM a\nPARAMETER mirostat 1\n")
    assert [finding.code for finding in Selection.of(["OLB3"], ["OLB1"]).keep(findings)] == ["OLB101"]


@pytest.mark.parametrize("prefix", ["OLB9", "X", "OLB3711", "unused-ignore"])
def test_a_prefix_of_nothing_is_refused(prefix: str) -> None:
    with pytest.raises(UsageError, match="no rule"):
        Selection.of([prefix])


def test_what_waits_for_an_argument_is_no_finding() -> None:
    assert codes("ARG base\nFROM ${base} AS one\nFROM one\nSYSTEM Be ${base}.\nPARAMETER top_k ${base}\n") == []
    assert codes("ARG size\nFROM ./model-${size}.gguf\n") == []
