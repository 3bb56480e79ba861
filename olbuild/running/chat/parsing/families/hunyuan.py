"""Hunyuan 3: the name, then keys and values in tags, all of which may have a suffix.

Source: the chat template of Hy3.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.syntax.tagged import Tagged
from olbuild.running.chat.parsing.thinking import Tags


def _either(text: str) -> tuple[str, str]:
    """Return tags as the model that is public has them, and without the suffix."""
    return text.replace(">", ":opensource>"), text


_CALLS_END = _either("</tool_calls>")
_CALL = Tagged(
    function=_either("<tool_call>"),
    name_end=_either("<tool_sep>"),
    parameter=_either("<arg_key>"),
    parameter_end=(*_either("</arg_key>\n<arg_value>"), *_either("</arg_key><arg_value>")),
    close=_either("</arg_value>"),
    end=_either("</tool_call>"),
    section_ends=_CALLS_END,
)
_MARKS = ("<tool_calls>", "</tool_calls>", "<tool_call>", "</tool_call>", "<tool_sep>")
_PARTS = ("<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>")

HUNYUAN = Family(
    name="hunyuan-3",
    signs=("<tool_sep{}>", "<tool_sep:opensource>"),
    sections=(
        Section(begins=_either("<tool_calls>"), item=_CALL, ends=_CALLS_END, starts_item=_either("<tool_call>")),
    ),
    controls=tuple(name for mark in (*_MARKS, *_PARTS) for name in _either(mark)),
    tags=Tags(begins=_either("<think>"), ends=_either("</think>")),
)
