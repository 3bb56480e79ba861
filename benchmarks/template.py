"""Go templates: compiling one of 6 kB, and rendering 100 messages.

Goals: compile at most 20 ms; render at most 1 ms for a ChatML-like template, 5 ms for one with tools. The peer is the
compiled Jinja of the same template, in Jinja's sandbox and already translated to Python. All of it is processor time,
which a busy machine does not change much.
"""

from __future__ import annotations

import time
from datetime import date
from functools import partial

from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from benchmarks.measure import median_seconds, table
from olbuild.language.template import compile_template, parse_template, render_go

CHATML = """{{- range $i, $_ := .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""

TOOLS = """{{- if or .System .Tools }}<|im_start|>system
{{ .System }}{{ if .Tools }}
# Tools
<tools>{{ range .Tools }}
{"type": "function", "function": {{ .Function }}}{{ end }}
</tools>{{ end }}<|im_end|>
{{ end }}{{ range $i, $_ := .Messages }}{{- $last := eq (len (slice $.Messages $i)) 1 -}}
{{ if eq .Role "user" }}<|im_start|>user
{{ .Content }}<|im_end|>
{{ else if eq .Role "assistant" }}<|im_start|>assistant
{{ if .Content }}{{ .Content }}{{ else if .ToolCalls }}<tool_call>
{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
{{ end }}</tool_call>{{ end }}{{ if not $last }}<|im_end|>
{{ end }}{{ else if eq .Role "tool" }}<|im_start|>user
<tool_response>
{{ .Content }}
</tool_response><|im_end|>
{{ end }}{{ end }}<|im_start|>assistant
"""

LARGE = "\n".join([TOOLS] * (6000 // len(TOOLS) + 1))

TOOL: dict[str, object] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Its name"}},
            "required": ["city"],
        },
    },
}
DAY = date(2026, 1, 1)
processor_seconds = partial(median_seconds, clock=time.process_time)


def main() -> None:
    """Print the tables."""
    plain: list[dict[str, object]] = [
        {"role": ("user", "assistant")[i % 2], "content": f"message {i} " * 20} for i in range(100)
    ]
    called = {"function": {"name": "get_weather", "arguments": {"city": "Ulm"}}}
    with_tools: list[dict[str, object]] = []
    for i in range(25):
        with_tools += [
            {"role": "user", "content": f"question {i}"},
            {"role": "assistant", "content": "", "tool_calls": [called]},
            {"role": "tool", "content": "18 degrees", "tool_name": "get_weather"},
            {"role": "assistant", "content": "It is 18 degrees"},
        ]
    parse_template(CHATML)  # the grammar is loaded once a process
    parse = processor_seconds(lambda: parse_template(LARGE), runs=21)
    compiled = processor_seconds(lambda: compile_template(LARGE), runs=21)
    table(f"compile ({len(LARGE):,} characters)", ("parse and compile", compiled * 1000), {"parse": parse * 1000}, "ms")
    _render("render 100 messages, ChatML-like", CHATML, plain, None)
    _render("render 100 messages with tools", TOOLS, with_tools, [TOOL])


def _render(title: str, text: str, messages: list[dict[str, object]], tools: list[dict[str, object]] | None) -> None:
    template = parse_template(text)
    environment = ImmutableSandboxedEnvironment(extensions=[loopcontrols])
    jinja = environment.from_string(compile_template(template).jinja)
    ours = processor_seconds(lambda: render_go(template, messages, today=DAY, tools=tools), runs=51)
    theirs = processor_seconds(lambda: jinja.render(messages=messages, tools=tools), runs=51)
    table(title, ("render_go", ours * 1000), {"its Jinja, in Jinja's sandbox": theirs * 1000}, "ms")


if __name__ == "__main__":
    main()
