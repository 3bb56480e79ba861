"""What stands before a compiled template: the conversation as Ollama shows it to a template."""

from __future__ import annotations

from olbuild.language.template.portable.macros import with_needed
from olbuild.language.template.portable.scope import Needs
from olbuild.language.template.portable.types import BOOL, MESSAGES, TEXT, TOOLS, Root, Term

_EMPTY = Term("''", TEXT, known=False)
_THINK = {
    "Think": Term("(true if enable_thinking is defined and enable_thinking else false)", BOOL),
    "ThinkLevel": Term(
        "(reasoning_effort if reasoning_effort is defined and reasoning_effort"
        " else enable_thinking if enable_thinking is string else '')",
        TEXT,
    ),
    "IsThinkSet": Term("(enable_thinking is defined and enable_thinking is not none)", BOOL),
}

MESSAGES_ROOT = Root(
    {
        "System": Term("go.system", TEXT),
        "Messages": Term("go.messages", MESSAGES),
        "Tools": Term("go_tools", TOOLS),
        "Response": _EMPTY,
        **_THINK,
    }
)
TURN_ROOT = Root(
    {
        "System": Term("go_system", TEXT),
        "Prompt": Term("go_prompt", TEXT),
        "Response": Term("go_response", TEXT),
        **_THINK,
    }
)
INSERT_ROOT = Root({"Prompt": Term("prompt", TEXT), "Suffix": Term("suffix", TEXT), "Response": _EMPTY, **_THINK})

_FIELDS = {
    "Thinking": "'thinking': m['thinking'] or m['reasoning_content'] or ''",
    "Images": "'images': m['images'] or []",
    "ToolCalls": "'tool_calls': m['tool_calls'] or []",
    "ToolName": "'tool_name': m['tool_name'] or m['name'] or ''",
    "ToolCallID": "'tool_call_id': m['tool_call_id'] or ''",
}

_CONTENT = """
  {%- if m['content'] is string -%}
    {%- set content = m['content'] -%}
  {%- else -%}
    {%- set part = namespace(text='') -%}
    {%- for p in m['content'] or [] -%}
      {%- set part.text = part.text ~ (p['text'] or '') -%}
    {%- endfor -%}
    {%- set content = part.text -%}
  {%- endif -%}
"""

_LAST_ROLE = """
  {%- if go.count and go.role == m['role'] and go.role != 'tool' -%}
    {%- set go.content = go.content ~ '\\n\\n' ~ content -%}
  {%- else -%}
    {%- if go.count -%}
      {%- set go.messages = go.messages + [dict(go.before, content=go.content)] -%}
    {%- endif -%}
    {%- set go.role = m['role'] -%}
    {%- set go.content = content -%}
    {%- set go.before = {FIELDS} -%}
    {%- set go.count = go.count + 1 -%}
  {%- endif -%}
"""


_WHOLE = frozenset({"go_message", "go_messages_s", "go_json_message", "go_json_messages"})
"""Macros that look at all fields of a message."""


def prelude(needs: Needs) -> list[str]:
    """Return the lines at the front: macros, and the namespace of what changes while the template runs."""
    start = "{%- set go = namespace(system='', first=true, messages=[], role='', content='', before={}, count=0) -%}"
    return [*with_needed(needs.macros), start]


def conversation(needs: Needs, *, messages: bool) -> list[str]:
    """Return the lines that join messages where those of one role follow each other."""
    fields = {"Role", "Content", *needs.fields}
    if needs.macros & _WHOLE:
        fields |= set(_FIELDS)
    made = ", ".join(
        ["'role': m['role']", "'content': content", *(_FIELDS[name] for name in _FIELDS if name in fields)]
    )
    lines = []
    if messages:
        lines.append("{%- set go_tools = tools if tools is defined else none -%}")
    lines.append("{%- for m in messages -%}")
    lines += _CONTENT.strip("\n").split("\n")
    if messages:
        lines += [
            "  {%- if m['role'] == 'system' -%}",
            "    {%- set go.system = content if go.first else go.system ~ '\\n\\n' ~ content -%}",
            "    {%- set go.first = false -%}",
            "  {%- endif -%}",
        ]
    lines += _LAST_ROLE.replace("{FIELDS}", "{" + made + "}").strip("\n").split("\n")
    lines += [
        "{%- endfor -%}",
        "{%- if go.count -%}",
        "  {%- set go.messages = go.messages + [dict(go.before, content=go.content)] -%}",
        "{%- endif -%}",
    ]
    return lines


TURNS = """
{%- set turn = namespace(system='', prompt='', response='') -%}
{%- for m in go.messages -%}
  {%- if m['role'] == 'system' -%}
    {%- if turn.prompt or turn.response -%}
      {{- go_turn(turn.system, turn.prompt, turn.response) -}}
      {%- set turn.prompt = '' -%}
      {%- set turn.response = '' -%}
    {%- endif -%}
    {%- set turn.system = m['content'] -%}
  {%- elif m['role'] == 'user' -%}
    {%- if turn.response -%}
      {{- go_turn(turn.system, turn.prompt, turn.response) -}}
      {%- set turn.system = '' -%}
      {%- set turn.response = '' -%}
    {%- endif -%}
    {%- set turn.prompt = m['content'] -%}
  {%- elif m['role'] == 'assistant' -%}
    {%- set turn.response = m['content'] -%}
  {%- endif -%}
{%- endfor -%}
{%- set go_system = turn.system -%}
{%- set go_prompt = turn.prompt -%}
{%- set go_response = turn.response -%}
""".strip("\n").split("\n")
"""The loop over turns: a turn is complete when the next one would overwrite it."""
