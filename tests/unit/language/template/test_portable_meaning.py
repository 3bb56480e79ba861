"""What the portable Jinja writes where engines, or Jinja and Go, do things in different ways."""

import json
from datetime import date
from typing import Any

import pytest

from olbuild.language.template import compile_template, parse_template, render_go
from olbuild.testing.conformance.portable import hugging_face, llama_server, same
from olbuild.testing.conformance.portable.server import opened
from tests.tools import require_program

DAY = date(2026, 3, 1)
NUMBERS = [
    0, 1, -1, 7.0, 999999, 1000000, -1000000, 1234567, 123456789012, 2**53 - 1, 0.5, -2.5, 3.14159265, 0.1, 0.0001,
    0.00001, 0.000001, 0.0000001, 1.5e-10, 1e15, 123456789012345, 1e16, 1e20, 1e21, 1.5e300, 12345.678901,
]  # fmt: skip
LONG = [0.1 + 0.2, 12345678901234567890, 1 / 3, 5e-324, 1.7976931348623157e308]
"""Numbers of more than 15 digits, which only engines that print them whole can write."""

CALL = {
    "id": "c1",
    "function": {"index": 3, "name": "f", "arguments": {"s": "x<y", "n": 1.5, "l": [None, True], "m": {}}},
}
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "Bé kind ☃🦙"},
    {"role": "user", "content": "one"},
    {"role": "assistant", "content": "a<b>&'\"\\\u2028\x01", "tool_calls": [CALL]},
    {"role": "tool", "content": "18", "tool_name": "f", "tool_call_id": "c1"},
    {"role": "user", "content": ""},
]  # fmt: skip

TEXTS = [
    # break and continue: Jinja's lose an `else` or output
    "{{ range .Messages }}{{ break }}{{ else }}none{{ end }}.",
    "{{ range .Messages }}{{ continue }}{{ else }}none{{ end }}.",
    '{{ range $i, $m := .Messages }}{{ if eq .Role "assistant" }}A{{ break }}B{{ end }}{{ $i }}{{ end }}.',
    '{{ range .Messages }}{{ if eq .Role "user" }}U{{ continue }}{{ end }}[{{ .Role }}]{{ end }}.',
    '{{ range .Messages }}{{ range .ToolCalls }}{{ break }}{{ end }}{{ if eq .Role "tool" }}{{ break }}{{end}}{{end}}',
    (
        "{{ range .Messages }}{{ with .ToolCalls }}{{ continue }}{{ else }}n{{ end }}{{ if not .Content }}{{ break }}"
        "{{ end }}m{{ end }}"
    ),
    # names of variables that are none in Jinja
    "{{ range $0i, $0m := .Messages }}{{ $0i }}{{ $0m.Role }}{{ end }}",
    "{{ $é_1 := 2 }}{{ $é_1 }}{{ $true := 3 }}{{ $true }}",
    # variables of loops that are assigned
    "{{ range $i, $m := .Messages }}{{ if $i }}{{ $i = 7 }}{{ end }}{{ $i }}{{ end }}",
    "{{ $r := 0 }}{{ range $r = 3 }}{{ $r }}{{ end }}{{ range .Messages }}{{ $r = len .Content }}{{ end }}{{ $r }}",
    "{{ $i := 0 }}{{ range $i, $m := .Messages }}{{ $i }}{{ end }}{{ $i }}",
    # texts are bytes for Go
    "{{ len .System }} {{ range .Messages }}{{ len .Content }} {{ end }}",
    "{{ if .System }}{{ range .Messages }}{{ end }}{{ slice .System 3 }}|{{ slice .System 9 12 }}{{ end }}",
    '{{ printf "[%8s|%-8s|%2s|%5d]" .System "é" .System 42 }}{{ range .Messages }}{{ printf "%-11s|" .Role }}{{ end }}',
    # comparisons of texts
    '{{ range .Messages }}{{ lt .Role "system" }}{{ le .Role "user" }}{{ end }}',
    '{{ range .Messages }}{{ gt .Role "tool" }}{{ ge .Role "user" }}{{ end }}',
    '{{ lt "é" "z" }}{{ gt .System "Bz" }}',
    # escapes of several values, which are printed first
    '{{ html "<a" .System 0 1 }}{{ html }}{{ html 1 2 "x" nil }}{{ html .Nope .System }}',
    '{{ range .Messages }}{{ html .Role .Content }}{{ end }}{{ html 1 2 true 2.5 }}{{ urlquery 1 "a/b" 2 }}',
    # JSON and the printing of what is no text
    "{{ json .Messages }}",
    "{{ range .Messages }}{{ json .ToolCalls }}{{ json .Content }}{{ json (len .Content) }}{{ end }}",
    '{{ range .Messages }}{{ printf "%s %v" .ToolCalls .ToolCalls }}{{ end }}{{ printf "%s" .Messages }}',
    '{{ printf "%s|%d|%s|%s" 5 "x" true 2.5 }}{{ printf "%s" (len .System) }}{{ printf "%s" (or .System .Messages) }}',
    (
        '{{ range .Messages }}{{ range .ToolCalls }}{{ range $k, $v := .Function.Arguments }}{{ printf "%s" $v }}'
        "{{ $k }}{{ end }}{{ .Function.Arguments }}{{ end }}{{ end }}"
    ),
    # what is known before the template runs
    '{{ js "<it\'s>" }}{{ printf "%q|%5.1f|%x" "a\\n" 2.25 255 }}{{ html "<a>" }}{{ len "é" }}',
    "{{ 1e20 }} {{ 0.0000001 }} {{ 2.5 }} {{ json 1e21 }} {{ -1.5e300 }}",
    # values whose type depends on the conversation
    "{{ with or .Response .Messages }}{{ range . }}{{ .Role }}{{ end }}{{ end }}",
    "{{ $x := or .Tools .Messages }}{{ range $x }}{{ $i := . }}{{ end }}{{ print (or .Tools .System) }}",
    "{{ eq .IsThinkSet .Think }}{{ eq .Tools .Tools }}{{ eq .Tools nil }}{{ ne .Messages nil }}",
]  # fmt: skip


@pytest.mark.parametrize("think", [None, False, True, "high"])
@pytest.mark.parametrize("text", TEXTS)
def test_the_same_as_in_go(text: str, think: bool | str | None) -> None:  # noqa: FBT001 - what Ollama's API takes
    compiled = compile_template(text)
    assert compiled.portable, compiled.reasons
    exact = render_go(parse_template(text), MESSAGES, today=DAY, think=think)
    for blocks in (True, False):
        template = hugging_face(blocks=blocks).from_string(compiled.jinja)
        written = template.render(messages=MESSAGES, enable_thinking=think)
        assert written.replace("0xc000000000", "") == exact.replace("0xc000000000", "")


@pytest.mark.parametrize("bounds", ["1 2", "0 2", "2 10", "10 11", "11 14", "10", "16"])
def test_characters_that_are_cut_through_are_none_any_more(bounds: str) -> None:
    text = f"{{{{ if .Messages }}}}{{{{ slice .System {bounds} }}}}{{{{ end }}}}"
    exact = render_go(parse_template(text), MESSAGES[:1], today=DAY)
    assert hugging_face(blocks=True).from_string(compile_template(text).jinja).render(messages=MESSAGES[:1]) == exact


def numbers(values: list[Any]) -> tuple[str, list[dict[str, Any]], str]:
    text = (
        "{{ range .Messages }}{{ range .ToolCalls }}{{ .Function.Arguments }}{{ range .Function.Arguments }}"
        " {{ . }}{{ end }}{{ end }}{{ end }}"
    )
    arguments = {f"a{number:02}": value for number, value in enumerate(values)}
    messages = [
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}
    ]
    return text, messages, render_go(parse_template(text), messages, today=DAY)


def test_numbers_are_written_as_go_writes_them() -> None:
    text, messages, exact = numbers([*NUMBERS, *LONG])
    assert hugging_face(blocks=True).from_string(compile_template(text).jinja).render(messages=messages) == exact


@pytest.mark.integration
def test_the_engine_of_llama_cpp_means_the_same() -> None:
    setting = llama_server(require_program("llama-server"))
    text, messages, exact = numbers(NUMBERS)
    with setting.open(compile_template(text).jinja) as render:
        assert render({"messages": messages}) == exact
    for text in TEXTS:
        exact = render_go(parse_template(text), MESSAGES, today=DAY, think="high")
        if text == "{{ json .Messages }}":
            continue  # llama-server derives a parser of answers from the template, which no list of messages has
        with setting.open(compile_template(text).jinja) as render:
            assert same(render({"messages": MESSAGES, "enable_thinking": "high"}), exact), text


@pytest.mark.integration
def test_what_a_client_sends_to_llama_server_reaches_the_template() -> None:
    """The request of an OpenAI client, with a tool and a call whose arguments are a text, as that API has it."""
    text = (
        "{{ if .Tools }}T{{ range .Tools }}{{ .Function.Name }}{{ end }}{{ end }}{{ range .Messages }}<{{ .Role }}>"
        "{{ .Thinking }}{{ .Content }}{{ range .ToolCalls }}{{ .Function.Name }}{{ .Function.Arguments }}{{ end }}"
        "{{ .ToolName }}{{ end }}<assistant>"
    )
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": [{"type": "text", "text": "Q"}]},
        {"role": "assistant", "content": None, "reasoning_content": "R", "tool_calls": [call]},
        {"role": "tool", "name": "f", "tool_call_id": "c1", "content": "18"},
    ]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]
    with opened(require_program("llama-server"), compile_template(text).jinja) as server:
        written = server.apply_template({"messages": messages, "tools": tools})
    assert written == 'Tf<system>S<user>Q<assistant>Rf{"x":1}<tool>18f<assistant>'


@pytest.mark.parametrize(
    "day",
    [date(2026, 1, 1), date(2024, 3, 1), date(2025, 3, 1), date(1900, 3, 1), date(2000, 3, 1), date(2026, 12, 10)],
)
def test_yesterday(day: date) -> None:
    text = "{{ yesterdayDate }} {{ currentDate }}"
    environment = hugging_face(blocks=True)
    environment.globals["strftime_now"] = day.strftime
    written = environment.from_string(compile_template(text).jinja).render(messages=[])
    assert written == render_go(parse_template(text), [], today=day)


def test_arguments_that_a_client_gives_as_text_stay_as_they_are() -> None:
    call = {"function": {"name": "f", "arguments": json.dumps({"x": 1})}}
    messages = [{"role": "assistant", "content": "", "tool_calls": [call]}]
    text = "{{ range .Messages }}{{ range .ToolCalls }}{{ .Function.Arguments }}{{ end }}{{ end }}"
    written = hugging_face(blocks=True).from_string(compile_template(text).jinja).render(messages=messages)
    assert written == '{"x": 1}'
