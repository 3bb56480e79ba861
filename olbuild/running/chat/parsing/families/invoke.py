"""Families that invoke: ``<invoke name="f"><parameter name="k">v</parameter></invoke>`` (MiniMax M2).

Source: the chat template of MiniMax-M2.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.syntax.tagged import Tagged


def invocations(prefix: str, begin: str, end: str) -> Section:
    """Return invocations between two tags; ``prefix`` stands before the names of the tags within."""
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
    sections=(invocations("", "<minimax:tool_call>", "</minimax:tool_call>"),),
    controls=("<minimax:tool_call>", "</minimax:tool_call>"),
)
