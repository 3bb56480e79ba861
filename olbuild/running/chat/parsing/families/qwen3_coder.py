"""Qwen3-Coder and Qwen3.5, and others with its tags (Nemotron 3, Step 3.5, Seed-OSS).

Source: the chat templates of Qwen3-Coder-480B-A35B-Instruct, Nemotron-3-Nano and Seed-OSS-36B-Instruct.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.syntax.tagged import Tagged


def _section(begin: str, end: str, *starts: str, padded: bool = False) -> Section:
    call = Tagged(
        function=("<function=",),
        name_end=(">",),
        parameter=("<parameter=",),
        parameter_end=(">",),
        close=("</parameter>",),
        end=("</function>",),
        section_ends=(end,),
        padded=padded,
    )
    return Section(begins=(begin,), item=call, ends=(end,), starts_item=starts)


QWEN3_CODER = Family(
    name="qwen3-coder",
    signs=(("<tool_call>", "<function=", "<parameter="),),
    sections=(_section("<tool_call>", "</tool_call>", "<function=", padded=True),),
    controls=("<tool_call>", "</tool_call>"),
)
SEED = Family(
    name="seed-oss",
    signs=("<seed:tool_call>",),
    sections=(_section("<seed:tool_call>", "</seed:tool_call>"),),
    controls=("<seed:tool_call>", "</seed:tool_call>"),
)
