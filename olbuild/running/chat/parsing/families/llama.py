"""Llama 3 and 4: JSON with ``name`` and ``parameters``, behind a mark or bare; Llama 4 also calls as Python does.

Source: llama.com/docs, prompt formats of Llama 3.1 ("custom tool calling"), 3.2 and 4.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.json_calls import json_calls, named
from olbuild.running.chat.parsing.syntax.pythonic import bare_list, python_list
from olbuild.running.chat.parsing.syntax.section import Section, either
from olbuild.running.chat.parsing.syntax.unmarked import bare, fenced

CUSTOM = Section(
    begins=(),
    item=named(begin=("<function=",), after_name=(">",), end=("</function>",)),
    starts_item=("<function=",),
)

LLAMA3 = Family(
    name="llama3-json",
    signs=("<|python_tag|>", "<|start_header_id|>"),
    sections=(Section(begins=("<|python_tag|>",), item=json_calls, between=" \t\r\n,;"), CUSTOM),
    controls=("<|python_tag|>",),
    unmarked=(bare, bare_list, fenced),
)
LLAMA4 = Family(
    name="llama4-pythonic",
    signs=("<|python_start|>", "<|header_start|>"),
    sections=(Section(begins=("<|python_start|>",), item=either(python_list, json_calls), ends=("<|python_end|>",)),),
    controls=("<|python_start|>", "<|python_end|>"),
    unmarked=(bare_list, bare, fenced),
)
