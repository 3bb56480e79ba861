"""Which parser an answer gets, and what a model can be asked for."""

import subprocess
import sys

import pytest

from olbuild.language.template.families import PARSERS as NAMES
from olbuild.language.template.families import family, renderer_template
from olbuild.running.chat.parsing import Content, Thought, capabilities, choose_parser
from olbuild.running.chat.parsing.port import Chosen, Parsed
from olbuild.running.chat.parsing.table import FAMILIES, PARSERS

TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
THINKER = (
    "{{ range .Messages }}{{ if .Thinking }}<reason>\n{{ .Thinking }}\n</reason>\n{{ end }}{{ .Content }}{{ end }}"
)


def chosen(
    template: str | None = None, parser: str | None = None, *, think: bool | None = None, prompt: str = ""
) -> Chosen:
    return choose_parser(template=template, parser=parser, tools=TOOLS, think=think, prompt=prompt)


def parts(of: Chosen, text: str) -> list[Parsed]:
    return [*of.parser.feed(text), *of.parser.finish()]


def test_there_is_a_parser_for_each_name() -> None:
    assert set(PARSERS) == NAMES
    assert len({each.name for each in FAMILIES}) == len(FAMILIES)


def test_the_parser_wins_over_the_template() -> None:
    assert chosen("[TOOL_CALLS]").call_syntax == "mistral"
    assert chosen("[TOOL_CALLS]", "qwen3-coder").call_syntax == "qwen3-coder"
    assert chosen("[TOOL_CALLS]", "unheard-of").call_syntax == "mistral"
    assert chosen(None).call_syntax == "json"


def test_the_tags_of_a_go_template_are_inferred() -> None:
    of = chosen(THINKER)
    assert of.thinking is not None
    assert (of.thinking.begins, of.thinking.ends, of.thinking.opened) == (("<reason>",), ("</reason>",), False)
    assert parts(of, " <reason>\nx\n</reason>\ny") == [Thought("x"), Content("y")]
    assert parts(chosen(THINKER), "x <reason>\ny</reason>") == [Content("x <reason>\ny</reason>")]
    assert parts(chosen(THINKER, think=False), "<reason>x</reason>y") == [Content("<reason>x</reason>y")]


@pytest.mark.parametrize(
    "template",
    [
        "{{ if .Thinking }}<reason>{{ .Thinking }}</reason>{{ end }}{{ .Response }}",  # no range over messages
        "{{ range .Messages }}{{ range .ToolCalls }}<reason>{{ .Thinking }}</reason>{{ end }}{{ end }}",
        "{{ range $m := .Messages }}<reason>{{ $m.Thinking }}</reason>{{ end }}",
        "{{ range .Messages }}{{ .Thinking }}{{ .Content }}{{ end }}",
        "{{ range .Messages",
    ],
)
def test_other_go_templates_have_none(template: str) -> None:
    assert chosen(template).thinking is None
    assert "thinking" not in capabilities(template)


def test_thinking_that_the_prompt_began_is_thinking() -> None:
    of = chosen("{{ messages }}", prompt="<think>\n")
    assert of.thinking is not None
    assert of.thinking.opened
    assert parts(of, "x</think>y") == [Thought("x"), Content("y")]


def test_control_tokens_are_shown_where_they_are_looked_for() -> None:
    assert "[TOOL_CALLS]" in chosen("[TOOL_CALLS]").visible
    bare = choose_parser(template="[TOOL_CALLS]", parser=None, tools=(), think=None, prompt="")
    assert bare.visible == frozenset()
    assert {"<|channel|>", "<|message|>"} <= chosen(parser="harmony").visible
    assert {"[THINK]", "[/THINK]"} <= chosen("{{ messages }}[THINK][/THINK]").visible


@pytest.mark.parametrize(
    ("template", "parser", "expected"),
    [
        ("{{ .Prompt }}", None, set()),
        ("{{ .Prompt }}{{ .Suffix }}", None, {"insert"}),
        ("{{ range .Tools }}{{ . }}{{ end }}{{ .Prompt }}", None, {"tools"}),
        (THINKER, None, {"thinking"}),
        ("{{ range .Messages }}{{ .Content }}{{ end }}", "qwen3-thinking", {"tools", "thinking"}),
        ("{{ .Prompt", None, set()),
        ("{{ messages[0].content }}{{ tools }}", None, {"tools"}),
        ("{% if tools %}{{ raise_exception('tools') }}{% endif %}", None, {"tools"}),
        ("{{ messages[0].content }}{# tools #}", None, set()),
        ("{{ messages[0].content }}<think></think>", None, {"thinking"}),
        ("{{ messages[0].content.split('</think>')[-1] }}", None, {"thinking"}),
        ("{{ messages[0].content }}</think>", None, set()),
        (None, None, set()),
    ],
)
def test_capabilities(template: str | None, parser: str | None, expected: set[str]) -> None:
    assert capabilities(template, parser) == expected


def test_capabilities_of_our_own_templates() -> None:
    assert capabilities(family("qwen3").template) == {"tools", "thinking"}
    assert capabilities(family("harmony").template) == {"tools", "thinking"}
    assert capabilities(family("llama3").template) == set()
    assert capabilities(None, None, "olmo3") == capabilities(renderer_template("olmo3")) == {"tools"}


def test_choosing_loads_no_compiler() -> None:
    code = (
        "import sys; from olbuild.running.chat.parsing import choose_parser;"
        "choose_parser(template='{{ messages }}', parser=None, tools=(), think=None, prompt='');"
        "print([name for name in ('lark', 'jinja2', 'numpy', 'llama_cpp') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize("opener", ['<tool_call>{"a', "<function=f><parameter=a>", "<tool_call>" * 3, "{" * 99, "["])
@pytest.mark.parametrize("parser", ["qwen3", "qwen3-coder", "glm-4.7", "lfm2", "gemma4"])
def test_a_long_answer_of_beginnings_is_text(opener: str, parser: str) -> None:
    text = opener * (200_000 // len(opener))
    of = chosen(parser=parser)
    found = [part for at in range(0, len(text), 500) for part in of.parser.feed(text[at : at + 500])]
    found += of.parser.finish()
    assert "".join(part.text for part in found if isinstance(part, Content)) == text
