"""Rendering as Ollama does: what Go printed for each expression, the three modes, and what is refused."""

import json
import time
from datetime import date
from pathlib import Path

import pytest

from olbuild.core.errors import ExitCode
from olbuild.language.template import Code, TemplateFailure, parse_template, render_go

DAY = date(2026, 3, 1)
HI: list[dict[str, object]] = [{"role": "user", "content": "hi"}]
TALK: list[dict[str, object]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "One?"},
    {"role": "assistant", "content": "1"},
    {"role": "user", "content": "Two?"},
]
RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text("utf-8"))


def render(text: str, messages: list[dict[str, object]] | None = None, **options: object) -> str:
    given = HI if messages is None else messages
    return render_go(parse_template(text), given, today=DAY, **options)  # type: ignore[arg-type]


def test_what_go_printed() -> None:
    """Nearly 900 expressions, most of them formats of ``printf``, with the answers of Go 1.27 for the messages HI."""
    assert len(RECORDED) > 850
    assert [(text, render(text), out) for text, out in RECORDED if render(text) != out] == []


def test_messages_are_joined_where_a_role_repeats_but_not_for_tools() -> None:
    messages: list[dict[str, object]] = [
        {"role": "system", "content": "a"},
        {"role": "system", "content": "b"},
        {"role": "tool", "content": "c"},
        {"role": "tool", "content": "d"},
    ]
    text = "{{ .System }}|{{ range .Messages }}{{ .Role }}={{ .Content }};{{ end }}"
    assert render(text, messages) == "a\n\nb|system=a\n\nb;tool=c;tool=d;"
    assert messages[0] == {"role": "system", "content": "a"}, "the caller's messages stay as they are"


def test_a_template_without_messages_is_rendered_turn_by_turn_up_to_the_response() -> None:
    text = "{{ if .System }}<{{ .System }}>{{ end }}[{{ .Prompt }}]{{ .Response }}</s>"
    assert render(text, TALK) == "<Be brief.>[One?]1</s>[Two?]"
    assert render("[{{ .Prompt }}]", TALK) == "[One?]1[Two?]"
    assert render('[{{ .Prompt }}]{{ printf "%s!" .Response }}.', TALK) == "[One?]1!.[Two?]%!s(MISSING)".replace(
        "%!s(MISSING)", "!"
    )


def test_the_cut_goes_through_pipelines_and_leaves_conditions() -> None:
    assert render("{{ .Prompt }}{{ .Response | len }}x") == "hi"
    assert render("{{ if .Response }}never{{ end }}{{ .Prompt }}{{ .Response }}x") == "hi"
    assert render("{{ if .Prompt }}a{{ .Response }}b{{ else }}c{{ end }}d") == "a"
    assert render("{{ json .Prompt }}{{ .Response }}") == '"hi"', "functions stay in the last turn, unlike Ollama"


def test_filling_in_the_middle_sees_no_messages() -> None:
    text = "<PRE>{{ .Prompt }}<SUF>{{ .Suffix }}<MID>{{ range .Messages }}x{{ end }}"
    assert render(text, prompt="a(", suffix=")") == "<PRE>a(<SUF>)<MID>"


def test_thinking() -> None:
    text = "{{ if .Messages }}{{ .IsThinkSet }} {{ .Think }} {{ .ThinkLevel }}{{ end }}"
    assert render(text) == "false false "
    assert render(text, think=False) == "true false "
    assert render(text, think=True) == "true true "
    assert render(text, think="high") == "true true high"


def test_dates_are_the_caller_s() -> None:
    assert render('{{ currentDate }} {{ yesterdayDate "2006" }}{{ .Response }}') == "2026-03-01 2026-02-28"


def test_a_system_text_of_its_own_is_one_more_message() -> None:
    assert render("{{ .System }}{{ range .Messages }}{{ .Role }},{{ end }}", system="S") == "Ssystem,user,"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{{ eq .Think "a" }}', 'eq .Think "a"', "incompatible types"),
        ("{{ len 3 }}", "len 3", "len of type int"),
        ("{{ .Nope.X }}{{ .Response }}", ".Nope.X", "nil pointer"),
        ('{{ index "abc" 9 }}', 'index "abc" 9', "out of range"),
        ('{{ range "abc" }}{{ end }}', '"abc"', "iterate"),
        ("{{ nil }}", "nil", "not a command"),
        ("{{ $x = 1 }}", "$x = 1", "undefined variable"),
        ('{{ template "x" . }}', "{{ template", "not defined"),
        ("{{ .System 1 }}", ".System", "no function"),
        ("{{ gt 1 }}", "gt 1", "takes 2"),
    ],
)
def test_a_failure_has_a_place(text: str, place: str, words: str) -> None:
    with pytest.raises(TemplateFailure) as caught:
        render("{{ if .Messages }}{{ end }}" + text)
    assert words in caught.value.message
    assert caught.value.exit_code == ExitCode.INTEGRITY
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.span.text) == (Code.EXECUTION, place)


BOMBS = {
    "a long loop": "{{ range 1000000000 }}{{ end }}",
    "loops in loops": "{{ range 100000 }}{{ range 100000 }}{{ range 100000 }}x{{ end }}{{ end }}{{ end }}",
    "wide fields": '{{ printf "%1000000d" 1 }}' * 2000,
    "one format of wide fields": '{{ printf "' + "%1000000[1]d" * 5000 + '" 1 }}',
    "a text that doubles": '{{ $x := "0123456789" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}',
    "a long text looked at": '{{ $x := "é123456789" }}{{ range 18 }}{{ $x = print $x $x }}{{ end }}'
    "{{ range 100000 }}{{ if len $x }}{{ end }}{{ end }}",
    "a definition of itself": '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
    "definitions that double": "".join(
        f'{{{{ define "d{n}" }}}}' + f'{{{{ template "d{n + 1}" . }}}}' * 2 + "{{ end }}" for n in range(40)
    )
    + '{{ define "d40" }}x{{ end }}{{ template "d0" . }}',
    "a deep definition of itself": '{{ define "a" }}' + "{{ if true }}" * 40 + '{{ template "a" . }}' + "{{ end }}" * 41
    + '{{ template "a" . }}',
    "numbers": "{{ range $i := 1000000000 }}{{ range 1000000000 }}{{ $i }}{{ end }}{{ end }}",
    "many variables": "".join(f"{{{{ $x{n} := 1 }}}}" for n in range(3000))
    + "{{ range 1000000000 }}{{ $x0 }}{{ end }}",
    "a long pipeline": "{{ range 1000000000 }}{{ 1 " + "| print " * 5000 + "}}{{ end }}",
    "formats without values": "{{ range 1000000000 }}{{ printf `" + "%v" * 20000 + "` 1 }}{{ end }}",
    "quotes of quotes": '{{ $x := "\\"\\\\" }}{{ range 100 }}{{ $x = printf "%q" $x }}{{ end }}',
    "JSON of JSON": '{{ $x := "\\"\\\\" }}{{ range 100 }}{{ $x = json $x }}{{ end }}',
    "all messages": "{{ range 1000000000 }}{{ json $.Messages }}{{ $.Messages }}{{ end }}",
}  # fmt: skip


def test_keys_are_not_sorted_for_nothing() -> None:
    arguments: dict[str, object] = {f"k{number}": number for number in range(50_000)}
    call = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}
    inner = "{{ range $c.Function.Arguments }}{{ break }}{{ end }}"
    loop = "{{ range .ToolCalls }}{{ $c := . }}{{ range 1000000000 }}" + inner + "{{ end }}{{ end }}"
    template = parse_template("{{ range .Messages }}" + loop + "{{ end }}")
    started = time.process_time()
    with pytest.raises(TemplateFailure, match="does not come to an end"):
        render_go(template, [call], today=DAY)
    assert time.process_time() - started < 5  # a bound that works takes less than one, on a machine that is not busy


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_hostile_template_ends_in_an_error_within_a_second(bomb: str) -> None:
    template = parse_template(bomb)
    started = time.process_time()
    with pytest.raises(TemplateFailure) as caught:
        render_go(template, HI, today=DAY)
    assert time.process_time() - started < 5  # a bound that works takes less than one, on a machine that is not busy
    assert caught.value.diagnostics[0].code == Code.TOO_MUCH


def test_json_leaves_out_what_may_hold_anything_only_if_it_holds_nothing() -> None:
    """``omitempty``: an interface that holds an empty list is not empty, a list itself is."""
    properties = {"a": {"items": [], "enum": []}, "b": {"items": None}, "c": {"items": False}}
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": properties}}}
    text = "{{ range .Messages }}{{ end }}{{ range .Tools }}{{ .Function.Parameters.Properties }}{{ end }}"
    assert render(text, tools=[tool]) == '{"a":{"items":[]},"b":{},"c":{"items":false}}'
