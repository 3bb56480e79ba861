"""Which part of a Go template made which characters."""

from datetime import date

from olbuild.language.template import Part, explain_go, parse_template, render_go

DAY = date(2026, 3, 1)
TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}, {"role": "user", "content": "Ha"}]


def explained(text: str) -> list[tuple[str, int, int, str]]:
    template = parse_template(text)
    parts = explain_go(template, TALK, today=DAY)
    assert "".join(part.text for part in parts) == render_go(template, TALK, today=DAY)
    return [(part.text, part.line, part.column, part.kind) for part in parts]


def test_text_and_values_with_their_places() -> None:
    assert explained(
        "<s>\n{{ range .Messages }}{{ if eq .Role `user` }}[{{ .Content | json }}]\n{{- end }}{{ end }}"
    ) == [
        ("<s>\n", 1, 1, "text"),
        ("[", 2, 46, "text"),
        ('"Hi"', 2, 50, ".Content | json"),
        ("]", 2, 68, "text"),
        ("[", 2, 46, "text"),
        ('"Ha"', 2, 50, ".Content | json"),
        ("]", 2, 68, "text"),
    ]


def test_turns_up_to_where_the_answer_begins() -> None:
    assert explained("U:{{ .Prompt }} A:{{ .Response }};") == [
        ("U:", 1, 1, "text"),
        ("Hi", 1, 6, ".Prompt"),
        (" A:", 1, 16, "text"),
        ("Ho", 1, 22, ".Response"),
        (";", 1, 34, "text"),
        ("U:", 1, 1, "text"),
        ("Ha", 1, 6, ".Prompt"),
        (" A:", 1, 16, "text"),
    ]


def test_the_answer_that_olbuild_adds_is_called_so() -> None:
    assert explained("{{ .Prompt }}")[1] == ("Ho", 1, 14, ".Response")


def test_definitions_are_shown_where_they_stand() -> None:
    text = '{{ define "m" }}<{{ .Content }}>{{ end }}\n{{ range .Messages }}{{ template "m" . }}{{ end }}'
    assert explained(text)[1:4] == [("<", 1, 17, "text"), ("Hi", 1, 21, ".Content"), (">", 1, 32, "text")]


def test_a_character_that_several_parts_make_belongs_to_the_last() -> None:
    template = parse_template('{{ slice "é" 0 1 }}{{ slice "é" 1 2 }}{{ slice "é" 0 1 }}{{ $.Response }}')
    parts = explain_go(template, [], today=DAY)
    assert parts == (Part("é", 1, 23, 'slice "é" 1 2'), Part("\ufffd", 1, 61, "$.Response"))
    assert "".join(part.text for part in parts) == render_go(template, [], today=DAY)
