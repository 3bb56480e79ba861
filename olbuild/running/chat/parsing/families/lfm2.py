"""Liquid's LFM2: a list of calls as Python writes them, between tokens.

Source: docs.liquid.ai, "Tool use", and the chat template of LFM2.5-8B-A1B.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.json_calls import json_calls
from olbuild.running.chat.parsing.syntax.pythonic import bare_list, python_list
from olbuild.running.chat.parsing.syntax.section import Section, either
from olbuild.running.chat.parsing.syntax.unmarked import bare, fenced

_BEGIN, _END = "<|tool_call_start|>", "<|tool_call_end|>"

LFM2 = Family(
    name="lfm2",
    signs=(_BEGIN, "<|tool_list_start|>", ("List of tools: [", "<|im_start|>")),
    sections=(Section(begins=(_BEGIN,), item=either(python_list, json_calls), ends=(_END,)),),
    controls=(_BEGIN, _END),
    unmarked=(bare_list, bare, fenced),
)
