"""DeepSeek V3.2 and later: invocations in tags with a token in their names, which say of each text what it is.

Source: the chat templates of DeepSeek-V3.2 and V4.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.syntax.tagged import Tagged

_TOKEN = "\N{FULLWIDTH VERTICAL LINE}DSML\N{FULLWIDTH VERTICAL LINE}"  # noqa: S105 - a token of a vocabulary
_STRING, _JSON = '" string="true">', '" string="false">'
_BEGINS = (f"<{_TOKEN}function_calls>", f"<{_TOKEN}tool_calls>")
_ENDS = (f"</{_TOKEN}function_calls>", f"</{_TOKEN}tool_calls>")

DSML = Family(
    name="dsml",
    signs=(_TOKEN,),
    sections=(
        Section(
            begins=_BEGINS,
            item=Tagged(
                function=(f'<{_TOKEN}invoke name="',),
                name_end=('">',),
                parameter=(f'<{_TOKEN}parameter name="',),
                parameter_end=(_STRING, _JSON),
                close=(f"</{_TOKEN}parameter>",),
                end=(f"</{_TOKEN}invoke>",),
                section_ends=_ENDS,
                kinds={_STRING: frozenset({"string"}), _JSON: frozenset()},
            ),
            ends=_ENDS,
        ),
    ),
    controls=(_TOKEN,),
)
