"""Olmo 3: calls as Python writes them, one a line, between ``<function_calls>`` and its end.

Source: the chat template of Olmo-3-7B-Instruct.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.pythonic import python_call
from olbuild.running.chat.parsing.syntax.section import Section

OLMO3 = Family(
    name="olmo3",
    signs=("<function_calls>",),
    sections=(Section(begins=("<function_calls>",), item=python_call, ends=("</function_calls>",)),),
    controls=("<function_calls>", "</function_calls>"),
)
