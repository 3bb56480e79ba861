"""The table of printable characters is the rule, pinned to one version of Unicode."""

import unicodedata
from itertools import pairwise

import pytest

from olbuild.language.modelfile import printable
from olbuild.language.modelfile.printable import UNICODE_VERSION, is_printable


def rule(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] in "LMNPS"


def runs() -> str:
    """Make the table again, from the Unicode version of this interpreter."""
    edges, before = [0], False
    for code in range(0x110000):
        if rule(chr(code)) != before:
            edges.append(code)
            before = not before
    return " ".join(f"{end - start:x}" for start, end in pairwise(edges))


@pytest.mark.skipif(
    unicodedata.unidata_version != UNICODE_VERSION, reason=f"needs Unicode {UNICODE_VERSION}: Python 3.12"
)
def test_the_table_is_the_rule() -> None:
    assert runs().split() == printable._RUNS.split()


def test_the_table_agrees_with_this_interpreter_wherever_that_has_not_changed() -> None:
    """A character that one version assigns is unassigned (Cn) in an older one; nothing else may differ."""
    older = tuple(map(int, unicodedata.unidata_version.split("."))) < tuple(map(int, UNICODE_VERSION.split(".")))
    for code in range(0x110000):
        character = chr(code)
        if is_printable(character) != rule(character):
            assert unicodedata.category(character) == "Cn" if older else rule(character)


@pytest.mark.parametrize("character", list("a ~\u00e9\u0301\ufe0f\ufffd\u2603\U0001f999\U000e0100"))
def test_printable(character: str) -> None:
    assert is_printable(character)


@pytest.mark.parametrize("character", list("\x00\t\n\x7f\x85\u00a0\u00ad\u200b\u200d\u2028\u202f\u3000\ufeff\ue000"))
def test_unprintable(character: str) -> None:
    assert not is_printable(character)


def test_nothing_is_missing() -> None:
    assert sum(map(is_printable, map(chr, range(0x110000)))) == 148_998


def test_characters_of_unicode_15_are_known_on_every_interpreter() -> None:
    assert is_printable("\U0001fae8")  # shaking face, 15.0
    assert not is_printable("\U0002ebf0")  # CJK extension I, 15.1
