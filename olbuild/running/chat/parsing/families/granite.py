"""Granite 3 (and Phi-4 mini): ``<|tool_call|>`` and a list; Granite 4 writes as Hermes does.

Source: the chat templates of granite-3.3-8b-instruct and Phi-4-mini-instruct.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.json_calls import json_calls
from olbuild.running.chat.parsing.syntax.section import Section

GRANITE = Family(
    name="granite",
    signs=("<|tool_call|>", ("<|start_of_role|>", "<tool_call|")),
    sections=(
        Section(begins=("<|tool_call|>", "<tool_call>"), item=json_calls, ends=("<|/tool_call|>", "</tool_call>")),
    ),
    controls=("<|tool_call|>", "<|/tool_call|>", "<tool_call>", "</tool_call>"),
    dropped=("<response>", "</response>"),
)
