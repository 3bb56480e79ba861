"""How families write calls, by the names of ``olbuild.running.chat.parsing``. Pure data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from olbuild.core.records import Frozen
from olbuild.running.chat.forcing.elements import InElements
from olbuild.running.chat.forcing.function import Way, as_json
from olbuild.running.chat.forcing.literals import InBraces, InPython
from olbuild.running.chat.forcing.parts import NAMES
from olbuild.running.chat.forcing.tags import InTags

_QUOTED = re.compile(r"(?s:.*)")
_PLAIN = re.compile(r"""[^\s<>"'{}\[\]()=`|\x00-\x1f\x7f][^<>"'{}\[\]()=`|\s\x00-\x1f\x7f]{0,200}""")


class Syntax(Frozen, kw_only=True):
    """How a family writes calls. ``NAME`` and ``ARGUMENTS`` stand for those; see ``rules.marked`` for the signs.

    Attributes:
        call: one call.
        arguments: how its arguments are written.
        before: what may stand before all, since it follows thoughts.
        begin, end: what stands before the first and behind the last one.
        between: what stands between two; ``None`` if there is only one in an answer.
        names: the names of functions that can be written.
    """

    call: str = '{"name": "NAME", "arguments": ARGUMENTS}'
    arguments: Way = as_json
    before: str = ""
    begin: str = ""
    end: str = ""
    between: str | None = ", "
    names: re.Pattern[str] = _PLAIN


JSON = Syntax(between=None, names=_QUOTED)
"""Which every parser but those in ``UNREAD`` reads in front of an answer."""

UNREAD = frozenset({"harmony", "functionary-v3.2"})

_HERMES = Syntax(
    begin="«<tool_call>»\n", between="\n«</tool_call>»\n«<tool_call>»\n", end="\n«</tool_call>»", names=_QUOTED
)
_BAR = "\N{FULLWIDTH VERTICAL LINE}"
_DEEPSEEK = f"<{_BAR}tool▁{{}}{_BAR}>"
_SIGN = "«]<]minimax[>[»"
_SUFFIX = ":opensource"
_DSML = f"«{_BAR}DSML{_BAR}»"
_KINDS = {name: name for name in ("null", "boolean", "number", "string", "array", "object")}


def _functions(begin: str, end: str, pad: str = "") -> Syntax:
    """Return calls as ``<function=NAME>``, each in a section of its own."""
    return Syntax(
        begin=f"«{begin}»\n",
        call="<function=NAME>\nARGUMENTS</function>",
        between=f"\n«{end}»\n«{begin}»\n",
        end=f"\n«{end}»",
        arguments=InTags(argument=f"<parameter=KEY>{pad}", close=f"{pad}</parameter>\n", never=("</parameter>",)),
    )


def _dsml(section: str) -> Syntax:
    return Syntax(
        begin=f"<{_DSML}{section}>\n",
        call=f'<{_DSML}invoke name="NAME">\nARGUMENTS</{_DSML}invoke>\n',
        between="",
        end=f"</{_DSML}{section}>",
        arguments=InTags(
            argument=f'<{_DSML}parameter name="KEY" string="KIND">',
            close=f"</{_DSML}parameter>",
            after="\n",
            never=(f"</{_BAR}DSML{_BAR}parameter>",),
            kinds={name: "true" if name == "string" else "false" for name in _KINDS},
        ),
    )


def _deepseek(call: str) -> Syntax:
    return Syntax(
        begin=f"«{_DEEPSEEK.format('calls▁begin')}»",
        call=f"«{_DEEPSEEK.format('call▁begin')}»{call.replace('SEP', _DEEPSEEK.format('sep'))}"
        f"«{_DEEPSEEK.format('call▁end')}»",
        between="",
        end=f"«{_DEEPSEEK.format('calls▁end')}»",
    )


def _tag(name: str, suffix: str = "") -> str:
    return f"«<{name}{suffix}>»"


def _pairs(suffix: str = "") -> InTags:
    """Return arguments as keys and values in tags of their own."""
    return InTags(
        argument=f"{_tag('arg_key', suffix)}KEY{_tag('/arg_key', suffix)}¶{_tag('arg_value', suffix)}",
        close=_tag("/arg_value", suffix),
        after="¶",
        never=("</arg_value>", "</arg_value:opensource>"),
    )


def _call_colon(begin: str, quote: str, end: str) -> Syntax:
    return Syntax(
        begin=f"«{begin}»",
        call="call:NAME{ARGUMENTS}",
        between=f"«{end}»«{begin}»",
        end=f"«{end}»",
        arguments=InBraces(quote=f"«{quote}»"),
        names=NAMES,
    )


def _python(begin: str, end: str, between: str = ", ", *, own: bool = False) -> Syntax:
    return Syntax(
        call="NAME(ARGUMENTS)", arguments=InPython(own=own), begin=begin, between=between, end=end, names=NAMES
    )


SYNTAXES: Mapping[str, tuple[Syntax, ...]] = MappingProxyType(
    {
        "json": (JSON,),
        "hermes": (_HERMES,),
        "qwen3-coder": (_functions("<tool_call>", "</tool_call>", "\n"),),
        "seed-oss": (_functions("<seed:tool_call>", "</seed:tool_call>"),),
        "glm": (
            Syntax(
                begin="«<tool_call>»",
                call="NAME¶ARGUMENTS",
                between="«</tool_call>»\n«<tool_call>»",
                end="«</tool_call>»",
                arguments=_pairs(),
            ),
        ),
        "hunyuan-3": (
            Syntax(
                begin=f"{_tag('tool_calls', _SUFFIX)}\n",
                call=f"{_tag('tool_call', _SUFFIX)}NAME{_tag('tool_sep', _SUFFIX)}\n"
                f"ARGUMENTS{_tag('/tool_call', _SUFFIX)}\n",
                between="",
                end=_tag("/tool_calls", _SUFFIX),
                arguments=_pairs(_SUFFIX),
            ),
        ),
        "minimax-m2": (
            Syntax(
                begin="«<minimax:tool_call>»\n",
                call='<invoke name="NAME">\nARGUMENTS</invoke>\n',
                between="",
                end="«</minimax:tool_call>»",
                arguments=InTags(argument='<parameter name="KEY">', close="</parameter>\n", never=("</parameter>",)),
            ),
        ),
        "minimax-m3": (
            Syntax(
                begin=f"{_SIGN}<tool_call>\n",
                call=f'{_SIGN}<invoke name="NAME">ARGUMENTS{_SIGN}</invoke>\n',
                between="",
                end=f"{_SIGN}</tool_call>",
                arguments=InElements(sign=_SIGN),
            ),
        ),
        "minicpm-5": (
            Syntax(
                call='«<function» name="NAME">ARGUMENTS«</function>»',
                between="\n",
                arguments=InTags(
                    argument='«<param» name="KEY">',
                    close="«</param>»",
                    never=("</param>", "]]>"),
                    shielded=("«<![CDATA[»", "«]]>»", "<&\\n"),
                ),
            ),
        ),
        "glimmer": (
            Syntax(
                before="«<|start|>»assistant",
                call=" to=NAME«<|message|>»«<atem:function_calls>»\n"
                '<atem:invoke name="NAME">\nARGUMENTS</atem:invoke>\n«</atem:function_calls>»',
                between=None,
                arguments=InTags(
                    argument='<atem:parameter name="KEY">',
                    close="</atem:parameter>\n",
                    never=("</atem:parameter>",),
                ),
            ),
        ),
        "dsml": (_dsml("function_calls"), _dsml("tool_calls")),
        "llama3-json": (Syntax(call='{"name": "NAME", "parameters": ARGUMENTS}', between=None, names=_QUOTED),),
        "llama4-pythonic": (
            _python("[", "]", own=True),
            _python("«<|python_start|>»[", "]«<|python_end|>»", own=True),
        ),
        "gemma": (_python("```tool_code\n", "\n```", "\n", own=True),),
        "lfm2": (_python("«<|tool_call_start|>»[", "]«<|tool_call_end|>»", own=True),),
        "olmo3": (_python("«<function_calls>»", "«</function_calls>»", "\n"),),
        "gemma4": (_call_colon("<|tool_call>", '<|"|>', "<tool_call|>"),),
        "functiongemma": (_call_colon("<start_function_call>", "<escape>", "<end_function_call>"),),
        "functionary-v3.1": (Syntax(call="<function=NAME>ARGUMENTS</function>", between="\n"),),
        # The prompt ends with the first mark.
        "functionary-v3.2": (Syntax(call="NAME\nARGUMENTS", between=">>>"),),
        "mistral": (
            Syntax(begin="«[TOOL_CALLS]»[", end="]", names=_QUOTED),
            Syntax(call="«[TOOL_CALLS]»NAME«[ARGS]»ARGUMENTS", between=""),
        ),
        "command-r7b": (
            Syntax(
                begin="«<|START_ACTION|>»[\n    ",
                call='{"tool_call_id": "0", "tool_name": "NAME", "parameters": ARGUMENTS}',
                between=",\n    ",
                end="\n]«<|END_ACTION|>»",
                names=_QUOTED,
            ),
        ),
        "command-r": (
            Syntax(
                begin="Action: ```json\n[\n    ",
                call='{"tool_name": "NAME", "parameters": ARGUMENTS}',
                between=",\n    ",
                end="\n]```",
                names=_QUOTED,
            ),
        ),
        "deepseek": (
            _deepseek("NAME«SEP»ARGUMENTS"),
            _deepseek("function«SEP»NAME\n```json\nARGUMENTS\n```"),
        ),
        "kimi-k2": (
            Syntax(
                begin="«<|tool_calls_section_begin|>»",
                call="«<|tool_call_begin|>»functions.NAME:0«<|tool_call_argument_begin|>»ARGUMENTS«<|tool_call_end|>»",
                between=None,
                end="«<|tool_calls_section_end|>»",
            ),
        ),
        "kimi-k3": (
            Syntax(
                before="«<|open|>»response«<|sep|>»«<|close|>»response«<|sep|>»",
                begin="«<|open|>»tools«<|sep|>»",
                call='«<|open|>»call tool="NAME" index="1"«<|sep|>»ARGUMENTS«<|close|>»call«<|sep|>»',
                between=None,
                end="«<|close|>»tools«<|sep|>»",
                arguments=InTags(
                    argument='«<|open|>»argument key="KEY" type="KIND"«<|sep|>»',
                    close="«<|close|>»argument«<|sep|>»",
                    never=("<|close|>argument<|sep|>",),
                    kinds=_KINDS,
                ),
            ),
        ),
        "solar-open": (
            Syntax(
                before="«<|begin|>»assistant",
                begin="«<|tool_calls|>»",
                call="«<|tool_call:begin|>»⟨[a-z0-9]{10}⟩«<|tool_call:name|>»NAME«<|tool_call:args|>»ARGUMENTS"
                "«<|tool_call:end|>»",
                between="",
                end="«<|calls|>»",
            ),
        ),
        "granite": (Syntax(begin="«<|tool_call|>»[", end="]", names=_QUOTED), _HERMES),
        "nemotron-v2": (Syntax(begin="«<TOOLCALL>»[", end="]«</TOOLCALL>»", names=_QUOTED),),
        "apertus": (
            Syntax(begin="«<|tools_prefix|>»[", call='{"NAME": ARGUMENTS}', end="]«<|tools_suffix|>»", names=_QUOTED),
        ),
        "gigachat": (Syntax(begin="«<|function_call|>»", between=None, names=_QUOTED),),
        "gigachat-3": (
            Syntax(begin="«<|message_sep|>»\n\nfunction call«<|role_sep|>»\n", between=None, names=_QUOTED),
        ),
        "functools": (Syntax(begin="functools[", end="]", names=_QUOTED),),
        "harmony": (
            Syntax(
                before="«<|start|>»assistant",
                call="«<|channel|>»commentary to=functions.NAME «<|constrain|>»json«<|message|>»ARGUMENTS",
                between=None,
            ),
        ),
    }
)
"""All others call in JSON."""
