"""Families that differ from others by their marks alone.

Source: the chat templates of Nemotron-Nano-9B-v2, Apertus-8B-Instruct, GigaChat3 and 3.1, and firefunction-v2.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.json_calls import json_calls, keyed_calls
from olbuild.running.chat.parsing.syntax.section import Section

NEMOTRON = Family(
    name="nemotron-v2",
    signs=("<TOOLCALL>",),
    sections=(Section(begins=("<TOOLCALL>",), item=json_calls, ends=("</TOOLCALL>",)),),
    controls=("<TOOLCALL>", "</TOOLCALL>"),
)
APERTUS = Family(
    name="apertus",
    signs=("<|tools_prefix|>",),
    sections=(Section(begins=("<|tools_prefix|>",), item=keyed_calls, ends=("<|tools_suffix|>",)),),
    controls=("<|tools_prefix|>", "<|tools_suffix|>"),
)
GIGACHAT3 = Family(
    name="gigachat-3",
    signs=(("<|role_sep|>", "function call"),),
    sections=(
        Section(
            begins=("<|message_sep|>\n\nfunction call<|role_sep|>\n", "function call<|role_sep|>\n"),
            item=json_calls,
            ends=("<|message_sep|>",),
            many=False,
        ),
    ),
    controls=("<|message_sep|>", "<|role_sep|>"),
    dropped=("<|message_sep|>",),
)
GIGACHAT = Family(
    name="gigachat",
    signs=("<|function_call|>",),
    sections=(Section(begins=("<|function_call|>",), item=json_calls),),
    controls=("<|function_call|>",),
)
FUNCTOOLS = Family(
    name="functools",
    signs=("functools[",),
    sections=(Section(begins=("functools",), item=json_calls, many=False),),
)
