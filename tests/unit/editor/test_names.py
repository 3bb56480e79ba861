"""Where names of a Modelfile stand, in half-written files, too."""

from pathlib import Path

import pytest

from olbuild.editor.text.document import Document
from olbuild.language.modelfile import Dialect


def document(text: str, dialect: Dialect = "olbuild") -> Document:
    return Document.open("file:///x", 1, text, encoding="utf-16", path=Path("/x"), dialect=dialect)


def found(text: str, dialect: Dialect = "olbuild") -> list[tuple[str, str, bool, int]]:
    opened = document(text, dialect)
    assert all(opened.text[each.start : each.end] == each.name for each in opened.names)
    return [(each.kind, each.name, each.declares, each.start) for each in opened.names]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ARG a\nFROM x:${a}\n", [("argument", "a", True, 4), ("argument", "a", False, 15)]),
        ("ARG a=${a}\n", [("argument", "a", True, 4)]),
        ("SYSTEM ${a}\nARG a=1\n", [("argument", "a", True, 16)]),
        ('ARG a=1\nSYSTEM --file="${a}.md"\n', [("argument", "a", True, 4), ("argument", "a", False, 25)]),
        ("ARG a=1\nSYSTEM $${a} ${a\n", [("argument", "a", True, 4)]),
        ('ARG a=1\nSYSTEM "never ${a}\n', [("argument", "a", True, 4), ("argument", "a", False, 24)]),
        ("ARG a=1\nSYSTM ${a}\nFROM ${a}", [("argument", "a", True, 4), ("argument", "a", False, 26)]),
        ("ARG 1x=1\nARG a b\nARG =\nARG \nARG", []),
        ("FROM x AS s\nFROM s\n", [("stage", "s", True, 10), ("stage", "s", False, 17)]),
        ('FROM "x AS s"\nFROM s\n', []),
        ("FROM s\nFROM x as s\n", [("stage", "s", True, 17)]),
        ("FROM x AS s\nFROM s AS t\n", [("stage", "s", True, 10), ("stage", "s", False, 17), ("stage", "t", True, 22)]),
        ('FROM x AS s\nFROM "s"\n', [("stage", "s", True, 10), ("stage", "s", False, 18)]),
        ("FROM x AS -\nFROM x AS\nFROM x AS \n", []),
    ],
)
def test_names_and_their_places(text: str, names: list[tuple[str, str, bool, int]]) -> None:
    assert found(text) == names


def test_the_dialect_of_ollama_has_none() -> None:
    assert found("ARG a=1\nFROM ${a} AS s\nFROM s\n", "ollama") == []


def test_a_default_is_the_one_that_was_declared_last() -> None:
    names = document("ARG a=1\nSYSTEM ${a}\nARG a\nSYSTEM ${a}\nARG a=2\nSYSTEM ${a}\n").names
    assert [each.default for each in names if not each.declares] == ["1", "1", "2"]


@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"])
def test_a_byte_order_mark_moves_no_position(mark: str) -> None:
    opened = document(f"{mark}FROM x\nARG a\n")
    assert opened.text == "FROM x\nARG a\n"
    assert opened.position(0) == (0, len(mark))
    assert opened.position(opened.names[0].start) == (1, 4)
    assert opened.offset((0, 0)) == 0


def test_halves_of_characters_become_a_mark_of_the_same_width() -> None:
    assert document("SYSTEM \ud83d x").text == "SYSTEM \ufffd x"
