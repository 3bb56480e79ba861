"""GLM 4.5 to 4.7, and others with its tags (Laguna): the name, then keys and values in tags of their own.

Source: the chat templates of GLM-4.6, GLM-4.7-Flash and Laguna.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.syntax.tagged import Tagged

_CALL = Tagged(
    function=(),
    name_end=(),
    parameter=("<arg_key>",),
    parameter_end=("</arg_key>\n<arg_value>", "</arg_key><arg_value>"),
    close=("</arg_value>",),
    end=("</tool_call>",),
)

GLM = Family(
    name="glm",
    signs=("<arg_key>",),
    sections=(Section(begins=("<tool_call>",), item=_CALL, many=False),),
    controls=("<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"),
)
