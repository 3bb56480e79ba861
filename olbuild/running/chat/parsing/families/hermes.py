"""Hermes 2 Pro and those who followed it, Qwen2.5 and Qwen3 among them: JSON between ``<tool_call>`` and its end.

Source: github.com/NousResearch/Hermes-Function-Calling; the chat templates of Qwen2.5 and Qwen3.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.json_calls import json_calls
from olbuild.running.chat.parsing.syntax.section import Section

HERMES = Family(
    name="hermes",
    signs=("<tool_call>", "<tool_calls>"),
    sections=(
        Section(begins=("<tool_call>",), item=json_calls, ends=("</tool_call>",)),
        Section(begins=("<tool_calls>",), item=json_calls, ends=("</tool_calls>",)),
    ),
    controls=("<tool_call>", "</tool_call>", "<tool_calls>", "</tool_calls>"),
)
