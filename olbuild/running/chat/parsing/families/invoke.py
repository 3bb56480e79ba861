"""Families that invoke: ``<invoke name="f"><parameter name="k">v</parameter></invoke>`` (MiniMax M2, Muse Glimmer).

Source: the chat templates of MiniMax-M2, DeepSeek-V3.2 and Muse Glimmer.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.syntax.tagged import Tagged


def _section(prefix: str, begin: str, end: str) -> Section:
    call = Tagged(
        function=(f"<{prefix}invoke name=",),
        name_end=(">",),
        parameter=(f"<{prefix}parameter name=",),
        parameter_end=(">",),
        close=(f"</{prefix}parameter>",),
        end=(f"</{prefix}invoke>",),
        section_ends=(end,),
    )
    return Section(begins=(begin,), item=call, ends=(end,))


MINIMAX = Family(
    name="minimax-m2",
    signs=("<minimax:tool_call>",),
    sections=(_section("", "<minimax:tool_call>", "</minimax:tool_call>"),),
    controls=("<minimax:tool_call>", "</minimax:tool_call>"),
)
GLIMMER = Family(
    name="glimmer",
    signs=("<atem:function_calls>",),
    sections=(_section("atem:", "<atem:function_calls>", "</atem:function_calls>"),),
    controls=("<atem:function_calls>", "</atem:function_calls>"),
)
