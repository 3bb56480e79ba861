"""The language of a template is told by the first construct that only one language has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.language.template import template_language

GO = [
    "{{ .Prompt }}",
    "{{- if .System }}<|system|>{{ .System }}{{ end }}",
    '{{ "<s>" }}{{ range $i, $m := .Messages }}{% {{ $m.Content }}{{ end }}',
    "{{/* a comment {% for %} */}}",
    "{{ json .Tools }}",
    "{{currentDate}} {{ .Response }}",
    '{{ if and (ne .Role "user") (not .Thinking) }}x{{ end }}',
    "{{ (index .Messages 0).Content }}",
    "{{ `raw` }}",
    "{{- /**/ -}}",
    "literal {% and {# only",
    "plain text",
    "",
]
JINJA = [
    "{% for message in messages %}{{ message.content }}{% endfor %}",
    "{%- if tools %}x{%- endif %}",
    "{{ bos_token }}",
    "{{- '<|im_start|>' -}}",
    "{{ messages[0]['content'] }}",
    "{{ (messages | first).content }}",
    "{# a comment about {{ .Prompt }} #}",
    '{{ "<s>" + messages[0].content }}',
    '{{ "a" if messages else "b" }}',
    "{% generation %}{% endgeneration %}",
    "{{ not_a_go_function }} {{ endless }}",
]


@pytest.mark.parametrize("text", GO)
def test_go(text: str) -> None:
    assert template_language(text) == "go"


@pytest.mark.parametrize("text", JINJA)
def test_jinja(text: str) -> None:
    assert template_language(text) == "jinja"


@given(st.sampled_from([text for text in GO if "{{" in text]), st.sampled_from(JINJA), st.text(alphabet="a{%#} \n"))
def test_the_first_decisive_construct_decides(go: str, jinja: str, literal: str) -> None:
    # The literal must not make a construct together with what follows.
    literal = literal.replace("{", "").replace("#}", "")
    if "#}" not in go + jinja:
        assert template_language(f"{literal} {go} {jinja}") == "go"
    assert template_language(f"{literal} {jinja} {go}") == "jinja"


@given(st.text(alphabet="{%#}-. $aif'\"(`\n"))
def test_any_text_has_a_language(text: str) -> None:
    assert template_language(text) in {"go", "jinja"}


def test_long_texts_take_linear_time() -> None:
    for text in ("{{" * 500_000, "{#" * 500_000, "{{ (" * 250_000, '{{ "' * 250_000, "{{ " + "(" * 1_000_000):
        assert template_language(text) in {"go", "jinja"}
