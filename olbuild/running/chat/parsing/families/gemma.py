"""Gemma: Python in a fence (Gemma 2 and 3), and calls with names without quotes (FunctionGemma and Gemma 4).

Source: ai.google.dev/gemma/docs, "function calling", "FunctionGemma formatting" and "Gemma 4 prompt formatting".
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.literals import Style
from olbuild.running.chat.parsing.syntax.pythonic import bare_list, colon_calls, python_call, python_list
from olbuild.running.chat.parsing.syntax.section import Section, either
from olbuild.running.chat.parsing.syntax.unmarked import bare, fenced

_QUOTE4 = '<|"|>'
_STYLE4 = Style(quotes={_QUOTE4: False, '"': True}, bare_names=True)
_STYLE = Style(quotes={"<escape>": False, '"': True}, bare_names=True)

GEMMA4 = Family(
    name="gemma4",
    signs=("<|tool_call>", "<|channel>"),
    sections=(Section(begins=("<|tool_call>",), item=colon_calls("call:", _STYLE4), ends=("<tool_call|>",)),),
    controls=("<|tool_call>", "<tool_call|>", _QUOTE4),
)
FUNCTION_GEMMA = Family(
    name="functiongemma",
    signs=("<start_function_call>",),
    sections=(
        Section(begins=("<start_function_call>",), item=colon_calls("call:", _STYLE), ends=("<end_function_call>",)),
    ),
    controls=("<start_function_call>", "<end_function_call>", "<escape>"),
)
GEMMA = Family(
    name="gemma",
    signs=("tool_code", "<start_of_turn>"),
    sections=(Section(begins=("```tool_code",), item=either(python_list, python_call), ends=("```",)),),
    unmarked=(bare_list, bare, fenced),
)
