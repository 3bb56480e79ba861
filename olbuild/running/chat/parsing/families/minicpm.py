"""MiniCPM 5: ``<function name="f"><param name="k">v</param></function>``; a text may stand in ``<![CDATA[…]]>``.

Source: the chat template of MiniCPM5-1B.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.syntax.tagged import Tagged

_FUNCTION = "<function name="

MINICPM = Family(
    name="minicpm-5",
    signs=((_FUNCTION, "<param name="),),
    sections=(
        Section(
            begins=(),
            item=Tagged(
                function=(_FUNCTION,),
                name_end=(">",),
                parameter=("<param name=",),
                parameter_end=(">",),
                close=("</param>",),
                end=("</function>",),
                verbatim=("<![CDATA[", "]]>"),
            ),
            starts_item=(_FUNCTION,),
        ),
    ),
    controls=("<function", "</function>", "<param", "</param>", "<![CDATA[", "]]>"),
)
