"""Laws of what the server computes: for every text there is an answer, and its places are in the text."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from olbuild.editor.analysis.work import without_flaws
from olbuild.editor.features.actions import replaced
from olbuild.editor.features.completion import completion
from olbuild.editor.features.hover import hover
from olbuild.editor.features.navigation import definition, references
from olbuild.editor.features.outline import foldings, symbols
from olbuild.editor.features.semantics import semantic_tokens
from olbuild.editor.text.document import Change, Document
from olbuild.language.template.jinja.tokens import jinja_tokens
from olbuild.language.template.syntax.tokens import go_tokens

_PIECES = (
    *("FROM ", "x", " AS s", "\n", "\r", "\r\n", "ARG a=", "SYSTEM ", '"', '"""', "${a}", "$", "{{", "}}", "{%", "%}"),
    *(
        "PARAMETER ",
        "top_p ",
        "MESSAGE user ",
        "TEMPLATE ",
        "if .X",
        "end",
        "/*",
        "*/",
        "{#",
        "#}",
        "# olbuild: ignore=",
    ),
    *(
        "OLB311",
        "--file=",
        "TEST ",
        "'",
        "`",
        "|",
        "\U0001f600",
        "\ufeff",
        "\u2028",
        "\xa0",
        " ",
        "range $i := ",
        "UNSET ",
    ),
)
TEXTS = st.lists(st.sampled_from(_PIECES), max_size=25).map("".join)


def document(text: str) -> Document:
    return Document.open("file:///x", 1, text, encoding="utf-16", path=Path("/nowhere/x"), dialect="olbuild")


@given(TEXTS)
def test_every_place_of_every_text_has_an_answer(text: str) -> None:
    opened = document(text)
    symbols(opened)
    for each in foldings(opened):
        assert each.start_line < each.end_line < len(opened.positions.starts)
    for offset in range(opened.shift, len(text) + 1, 3):
        place = types.Position(*opened.positions.position(offset))
        hover(opened, place, ())
        definition(opened, place)
        references(opened, place, declaration=True)
        for item in completion(opened, place, ("me/x",)):
            assert isinstance(item.text_edit, types.TextEdit)
            assert item.text_edit.range.start <= place <= item.text_edit.range.end


@given(TEXTS)
def test_semantic_tokens_are_in_order_and_on_their_lines(text: str) -> None:
    opened = document(text)
    data = semantic_tokens(opened).data
    line = start = end = 0
    for index in range(0, len(data), 5):
        down, right, length = data[index : index + 3]
        line, start = line + down, right if down else start + right
        assert down or not index or start >= end
        end = start + length
        assert length > 0
        start_of_line, end_of_line = opened.positions.starts[line], opened.positions.line_end(line)
        assert opened.positions.offset((line, end)) <= end_of_line
        assert end <= opened.positions.position(end_of_line)[1]
        assert start_of_line <= end_of_line


@given(TEXTS)
def test_tokens_of_templates_are_in_order_and_not_empty(text: str) -> None:
    for tokens in (go_tokens(text), jinja_tokens(text)):
        after = 0
        for token in tokens:
            assert after <= token.start < token.end <= len(text)
            after = token.end


@given(TEXTS, TEXTS)
def test_replacing_a_text_makes_it_the_other(old: str, new: str) -> None:
    new = new.lstrip("\ufeff")
    opened = document(old)
    changes = [
        Change(text, opened.position(start), opened.position(end))
        for start, end, text in reversed(replaced(opened, new))
    ]
    assert opened.changed(2, changes).positions.text == new


@given(TEXTS)
def test_taking_flaws_out_moves_nothing(text: str) -> None:
    sound = without_flaws(text, [0], "Modelfile", "olbuild")
    assert len(sound) == len(text)
    assert all(new in {old, " "} for old, new in zip(text, sound, strict=True))
