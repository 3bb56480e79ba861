"""What is a Go template and what is not: where each mistake is, and what is said about it."""

import pytest

from olbuild.core.errors import ExitCode, ModelfileError
from olbuild.language.template import Code, TemplateFlaw, parse_template


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("a {{ if .X }} b", Code.UNCLOSED, "{{ if .X }}", "never ends"),
        ("a {{ .X ", Code.UNCLOSED, "{{", "never ends"),
        ('{{ "abc }}', Code.UNCLOSED, '"', "never ends"),
        ("{{ end }}", Code.MISPLACED, "end", "does not stand here"),
        ("{{ if .X }}{{ else }}{{ else }}{{ end }}", Code.MISPLACED, "else", "does not stand here"),
        ('{{ if .X }}{{ define "a" }}{{ end }}{{ end }}', Code.MISPLACED, "define", "does not stand here"),
        ("{{ break }}", Code.MISPLACED, "{{ break", "outside of a range"),
        ('{{ range 3 }}{{ block "b" . }}{{ break }}{{ end }}{{ end }}', Code.MISPLACED, "{{ break", "outside"),
        ("{{ Prompt }}", Code.UNKNOWN_FUNCTION, "Prompt", "no function"),
        ("{{ $x }}", Code.UNDEFINED_VARIABLE, "$x", "not declared"),
        ("{{ if $x := .A }}{{ end }}{{ $x }}", Code.UNDEFINED_VARIABLE, "$x", "not declared"),
        ("{{ 089 }}", Code.BAD_LITERAL, "089", "too large"),
        ("{{ 'ab' }}", Code.BAD_LITERAL, "'ab'", "one character"),
        (r'{{ "\q" }}', Code.BAD_LITERAL, r'"\q"', "no escape"),
        ("{{ 99999999999999999999 }}", Code.BAD_LITERAL, "99999999999999999999", "too large"),
        ('{{ "a""b" }}', Code.SYNTAX, '"b"', "blank is missing"),
        ("{{ .A | 1 }}", Code.SYNTAX, "1", "stage 2"),
        ("{{ true.X }}", Code.SYNTAX, "true.X", "no fields"),
        ("{{ .1a }}", Code.SYNTAX, ".", "does not stand here"),
        ("{{ }}", Code.SYNTAX, "}", "value is missing"),
        ("{{ /* c */ }}", Code.SYNTAX, "/*", "comment"),
        ("{{ range $i, 1 }}{{ end }}", Code.SYNTAX, "$i, 1", "only declare"),
        ('{{ template "x" }}', Code.BAD_DEFINITION, "{{ template", "without a value"),
        ('{{ define "a" }}1{{ end }}{{ define "a" }}2{{ end }}', Code.BAD_DEFINITION, '"a"', "defined twice"),
        ("{{ " + "(" * 70 + "1" + ")" * 70 + " }}", Code.TOO_DEEP, None, "too deeply"),
        ("{{ if 1 }}" * 70 + "{{ end }}" * 70, Code.TOO_DEEP, None, "too deeply"),
    ],
)
def test_a_mistake(text: str, code: Code, place: str | None, words: str) -> None:
    with pytest.raises(TemplateFlaw) as caught:
        parse_template(text, "chat.gotmpl")
    (diagnostic,) = caught.value.diagnostics
    assert isinstance(caught.value, ModelfileError)
    assert caught.value.exit_code == ExitCode.MODELFILE
    assert diagnostic.code == code
    assert words in diagnostic.message
    if place is not None:
        assert diagnostic.span.text == place
    assert diagnostic.render().startswith("chat.gotmpl:1:")


def test_a_hint_names_the_field_or_the_function_that_was_meant() -> None:
    for text, hint in [
        ("{{ Prompt }}", ".Prompt"),
        ("{{ jsn .X }}", '"json"'),
        ('{{ template "x" }}', '{{ template "x" . }}'),
    ]:
        with pytest.raises(TemplateFlaw) as caught:
            parse_template(text)
        assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ .System }}{{ $.Tools }}", {"system", "$", "tools", "response"}),
        ("{{ range .Messages }}{{ .Role }}{{ end }}", {"messages", "role"}),
        # Ollama does not look behind parentheses: it takes this for a template that is rendered turn by turn.
        ("{{ (index .Messages 0).Role }}", {"response"}),
        ("{{ if (eq .A .B) }}{{ end }}", {"a", "b", "response"}),
        ('{{ define "x" }}{{ .Suffix }}{{ end }}', {"suffix", "response"}),
        ("{{ .messages }}", {"messages"}),
    ],
)
def test_the_names_that_ollama_sees(text: str, names: set[str]) -> None:
    assert parse_template(text).names == names


def test_trim_markers_trim_only_the_text_beside_them() -> None:
    template = parse_template("a \n{{- /* c */ -}}\t b {{/* d */}} {{- 1 -}} \r\n c {{ 2}} d")
    assert [node.span.text for node in template.body[:-1]] == ["a", "b ", "1", "c ", "2", " d"]


def test_spans_point_into_the_text() -> None:
    template = parse_template("x{{ if and .A (eq .B `c`) }}{{ .D.E }}{{ end }}")
    assert [node.span.text for node in template.body[:2]] == ["x", "and .A (eq .B `c`)"]


def test_a_number_that_nobody_can_hold_is_a_flaw() -> None:
    for number in ("0x1p99999", "1e99999", "0x1p" + "9" * 5000):
        with pytest.raises(TemplateFlaw, match="is too large") as caught:
            parse_template(f"{{{{ {number} }}}}")
        assert len(caught.value.message) < 100
