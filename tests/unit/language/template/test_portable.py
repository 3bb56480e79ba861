"""The compiler: what it writes, what it refuses, and that the helper renders what is refused."""

from datetime import date

import pytest
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from olbuild.language.template import HELPER, OUTPUT_VERSION, TemplateFlaw, compile_template, go_helper

CHATML = """{{- range $i, $_ := .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""

# A change of this text is a change of OUTPUT_VERSION.
CHATML_JINJA = """\
{%- set go = namespace(system='', first=true, messages=[], role='', content='', before={}, count=0) -%}
{%- set go_tools = tools if tools is defined else none -%}
{%- for m in messages -%}
  {%- if m['content'] is string -%}
    {%- set content = m['content'] -%}
  {%- else -%}
    {%- set part = namespace(text='') -%}
    {%- for p in m['content'] or [] -%}
      {%- set part.text = part.text ~ (p['text'] or '') -%}
    {%- endfor -%}
    {%- set content = part.text -%}
  {%- endif -%}
  {%- if m['role'] == 'system' -%}
    {%- set go.system = content if go.first else go.system ~ '\\n\\n' ~ content -%}
    {%- set go.first = false -%}
  {%- endif -%}
  {%- if go.count and go.role == m['role'] and go.role != 'tool' -%}
    {%- set go.content = go.content ~ '\\n\\n' ~ content -%}
  {%- else -%}
    {%- if go.count -%}
      {%- set go.messages = go.messages + [dict(go.before, content=go.content)] -%}
    {%- endif -%}
    {%- set go.role = m['role'] -%}
    {%- set go.content = content -%}
    {%- set go.before = {'role': m['role'], 'content': content} -%}
    {%- set go.count = go.count + 1 -%}
  {%- endif -%}
{%- endfor -%}
{%- if go.count -%}
  {%- set go.messages = go.messages + [dict(go.before, content=go.content)] -%}
{%- endif -%}
{%- for v_1 in go.messages -%}
  {%- set i_2 = loop.index0 -%}
  {{- '<|im_start|>' -}}
  {{- v_1['role'] -}}
  {{- '\\n' -}}
  {{- v_1['content'] -}}
  {{- '<|im_end|>\\n' -}}
{%- endfor -%}
{{- '<|im_start|>assistant\\n' -}}
"""


def jinja(text: str, messages: list[dict[str, object]], **variables: object) -> str:
    environment = ImmutableSandboxedEnvironment(extensions=[loopcontrols])
    environment.globals[HELPER] = go_helper(date(2026, 3, 1))
    return environment.from_string(compile_template(text).jinja).render(messages=messages, **variables)


def test_the_output_of_this_version() -> None:
    compiled = compile_template(CHATML)
    assert (compiled.version, OUTPUT_VERSION, compiled.portable) == (1, 1, True)
    assert compiled.jinja == CHATML_JINJA


def test_contents_in_parts_and_missing_ones_are_texts() -> None:
    messages: list[dict[str, object]] = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": None},
    ]
    assert jinja("{{ range .Messages }}{{ .Role }}:{{ .Content }};{{ end }}", messages) == "user:ab;assistant:;"


@pytest.mark.parametrize(
    ("text", "construct", "place"),
    [
        ('{{ printf "%q" .System }}', "printf", 'printf "%q" .System'),
        ("{{ js .System }}", "js", "js .System"),
        ("{{ slice .Tools 1 }}", "slice", "slice .Tools 1"),
        ("{{ eq .Messages .System `\0` }}", "NUL", "eq .Messages .System `\0`"),
        ("{{ . }}", "whole data", "."),
        ("{{ len ($x := .System) }}", "parentheses", "($x := .System)"),
        ('{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}', "calls itself", "{{ template"),
        ("{{ $x := 1 }}{{ $x = .System }}{{ $x }}", "type", None),
    ],
)
def test_what_plain_jinja_cannot_express_is_named(text: str, construct: str, place: str | None) -> None:
    compiled = compile_template(text)
    assert not compiled.portable
    (reason,) = compiled.reasons
    assert construct in reason.construct
    if place is not None:
        assert reason.span.text == place
    assert compiled.jinja.startswith("{{- " + HELPER + "(")


def test_the_helper_renders_what_is_not_portable() -> None:
    text = '{{ range .Messages }}{{ printf "%q" .Content }}{{ end }}{{ if .Tools }}"\\}}{{ end }}'
    messages: list[dict[str, object]] = [{"role": "user", "content": 'a"\n'}]
    assert jinja(text, messages) == '"a\\"\\n"'
    assert jinja(text, messages, tools=[{}]) == '"a\\"\\n""\\}}'


def test_a_failure_that_is_certain_is_one_in_jinja() -> None:
    assert "raise_exception(" in compile_template('{{ eq 1 "a" }}{{ .Messages }}').jinja


def test_a_text_that_is_no_template_is_refused() -> None:
    with pytest.raises(TemplateFlaw):
        compile_template("{{ if }}")


@pytest.mark.parametrize(
    "ending", ["\r\n", "\r", " \n", "\t", "{#", "{%", "%}", "{{", "}}", "'", "\\", "\u2028", "\x01\x7f\x85\b\f\v\ufeff"]
)
def test_literal_text_survives(ending: str) -> None:
    go = "{{ .System }}{{ range .Messages }}{{ end }}{{ `" + ending.replace("\r", "") + "` }}"
    assert jinja(go, []) == ending.replace("\r", "")
    if "{{" not in ending:
        assert jinja("{{ range .Messages }}{{ end }}x" + ending, []) == "x" + ending


def test_an_argument_of_what_is_no_function_depends_on_whether_something_is_there() -> None:
    (reason,) = compile_template("{{ .Unknown.Arguments .Response }}{{ .Prompt }}").reasons
    assert reason.construct == "an argument of what is no function"
