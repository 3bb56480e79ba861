"""Writers of answers, one for each family, as the chat templates of its models write them.

They stand on the formats' definitions and share nothing with the parsers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Arguments = dict[str, Any]
BLANKS = " \t\r\n"
BAR = "\uff5c"


def token(name: str) -> str:
    return f"<{BAR}{name}{BAR}>".replace(" ", "\u2581")


@dataclass(frozen=True)
class Call:
    name: str
    arguments: Arguments
    id: str = ""


@dataclass(frozen=True)
class Writer:
    """Writes the calls of an answer. ``parser`` or ``template`` choose the parser; ``never`` must not be in a text.

    ``in_front``: without marks, so that nothing can stand before. ``flat``: what is within values has no types.
    ``dropped``: what ends messages, and may be followed by a text.
    """

    calls: Callable[[Sequence[Call]], str]
    parser: str | None = None
    template: str = ""
    think: tuple[str, str] | None = None
    never: tuple[str, ...] = ()
    string_never: tuple[str, ...] = ()
    bare_keys: bool = False
    flat: bool = False
    dropped: tuple[str, ...] = ()
    in_front: bool = False
    ids: Callable[[Call, int], str] = field(default=lambda _call, _number: "")


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def spread(value: object) -> str:
    return json.dumps(value, indent=2)


def hermes(calls: Sequence[Call]) -> str:
    return "\n".join(
        f"<tool_call>\n{plain({'name': call.name, 'arguments': call.arguments})}\n</tool_call>" for call in calls
    )


def text_of(value: object, dump: Callable[[object], str] = plain) -> str:
    return value if isinstance(value, str) else dump(value)


def qwen3_coder(calls: Sequence[Call]) -> str:
    def one(call: Call) -> str:
        parameters = "".join(
            f"<parameter={name}>\n{text_of(value)}\n</parameter>\n" for name, value in call.arguments.items()
        )
        return f"<tool_call>\n<function={call.name}>\n{parameters}</function>\n</tool_call>"

    return "\n".join(map(one, calls))


def tagged(begin: str, prefix: str, end: str) -> Callable[[Sequence[Call]], str]:
    def one(call: Call) -> str:
        parameters = "".join(
            f'<{prefix}parameter name="{name}">{text_of(value)}</{prefix}parameter>\n'
            for name, value in call.arguments.items()
        )
        return f'<{prefix}invoke name="{call.name}">\n{parameters}</{prefix}invoke>\n'

    return lambda calls: f"{begin}\n{''.join(map(one, calls))}{end}"


def dsml(calls: Sequence[Call]) -> str:
    sign = f"{BAR}DSML{BAR}"

    def one(call: Call) -> str:
        parameters = "".join(
            f'<{sign}parameter name="{name}" string="{"true" if isinstance(value, str) else "false"}">'
            f"{text_of(value)}</{sign}parameter>\n"
            for name, value in call.arguments.items()
        )
        return f'<{sign}invoke name="{call.name}">\n{parameters}</{sign}invoke>\n'

    return f"<{sign}function_calls>\n{''.join(map(one, calls))}</{sign}function_calls>"


def seed(calls: Sequence[Call]) -> str:
    def one(call: Call) -> str:
        parameters = "".join(
            f"<parameter={name}>{text_of(value, repr)}</parameter>\n" for name, value in call.arguments.items()
        )
        return f"<seed:tool_call>\n<function={call.name}>\n{parameters}</function>\n</seed:tool_call>"

    return "\n".join(map(one, calls))


def glm(calls: Sequence[Call]) -> str:
    def one(call: Call) -> str:
        parameters = "".join(
            f"<arg_key>{name}</arg_key>\n<arg_value>{text_of(value)}</arg_value>\n"
            for name, value in call.arguments.items()
        )
        return f"<tool_call>{call.name}\n{parameters}</tool_call>"

    return "\n".join(map(one, calls))


def mistral_list(calls: Sequence[Call]) -> str:
    return "[TOOL_CALLS]" + plain([{"name": c.name, "arguments": c.arguments, "id": c.id} for c in calls])


def mistral_args(calls: Sequence[Call]) -> str:
    return "".join(f"[TOOL_CALLS]{call.name}[ARGS]{plain(call.arguments)}" for call in calls)


def mistral_ids(calls: Sequence[Call]) -> str:
    return "".join(f"[TOOL_CALLS]{call.name}[CALL_ID]{call.id}[ARGS]{compact(call.arguments)}" for call in calls)


def cohere(calls: Sequence[Call]) -> str:
    actions = [
        {"tool_call_id": str(number), "tool_name": call.name, "parameters": call.arguments}
        for number, call in enumerate(calls)
    ]
    return f"<|START_ACTION|>{spread(actions)}<|END_ACTION|>"


def command_r(calls: Sequence[Call]) -> str:
    return f"Action: ```json\n{spread([{'tool_name': c.name, 'parameters': c.arguments} for c in calls])}\n```"


def deepseek_v3(calls: Sequence[Call]) -> str:
    inner = "\n".join(
        f"{token('tool call begin')}function{token('tool sep')}{call.name}\n```json\n{plain(call.arguments)}\n```"
        f"{token('tool call end')}"
        for call in calls
    )
    return f"{token('tool calls begin')}{inner}{token('tool calls end')}"


def deepseek_v31(calls: Sequence[Call]) -> str:
    inner = "".join(
        f"{token('tool call begin')}{call.name}{token('tool sep')}{plain(call.arguments)}{token('tool call end')}"
        for call in calls
    )
    return f"{token('tool calls begin')}{inner}{token('tool calls end')}"


def kimi(calls: Sequence[Call]) -> str:
    inner = "".join(
        f"<|tool_call_begin|>functions.{call.name}:{number}<|tool_call_argument_begin|>{plain(call.arguments)}"
        "<|tool_call_end|>"
        for number, call in enumerate(calls)
    )
    return f"<|tool_calls_section_begin|>{inner}<|tool_calls_section_end|>"


def granite(calls: Sequence[Call]) -> str:
    return f"<|tool_call|>{plain([{'name': call.name, 'arguments': call.arguments} for call in calls])}"


def llama3(calls: Sequence[Call]) -> str:
    return "<|python_tag|>" + "; ".join(plain({"name": c.name, "parameters": c.arguments}) for c in calls)


def functionary(calls: Sequence[Call]) -> str:
    return "".join(f"<function={call.name}>{plain(call.arguments)}</function>" for call in calls)


def python(call: Call, dump: Callable[[object], str] = repr) -> str:
    return f"{call.name}({', '.join(f'{name}={dump(value)}' for name, value in call.arguments.items())})"


def python_list(begin: str, end: str) -> Callable[[Sequence[Call]], str]:
    return lambda calls: f"{begin}[{', '.join(map(python, calls))}]{end}"


def olmo3(calls: Sequence[Call]) -> str:
    return "<function_calls>" + "\n".join(python(call, plain) for call in calls) + "</function_calls>"


def colon(begin: str, quote: str, end: str) -> Callable[[Sequence[Call]], str]:
    def value(of: object) -> str:
        match of:
            case str():
                return f"{quote}{of}{quote}"
            case dict():
                return "{" + ",".join(f"{name}:{value(item)}" for name, item in of.items()) + "}"
            case list():
                return f"[{','.join(map(value, of))}]"
            case _:
                return json.dumps(of)

    return lambda calls: "".join(f"{begin}call:{call.name}{value(call.arguments)}{end}" for call in calls)


def listed(begin: str, end: str) -> Callable[[Sequence[Call]], str]:
    return lambda calls: begin + plain([{"name": c.name, "arguments": c.arguments} for c in calls]) + end


def apertus(calls: Sequence[Call]) -> str:
    return f"<|tools_prefix|>{plain([{call.name: call.arguments} for call in calls])}<|tools_suffix|>"


def bare(calls: Sequence[Call]) -> str:
    return "\n".join(plain({"name": call.name, "parameters": call.arguments}) for call in calls)


def fenced(calls: Sequence[Call]) -> str:
    return f"```json\n{spread([{'name': call.name, 'arguments': call.arguments} for call in calls])}\n```"


def functionary_32(calls: Sequence[Call]) -> str:
    return "".join(f">>>{call.name}\n{plain(call.arguments)}" for call in calls)


def kimi_k3(calls: Sequence[Call]) -> str:
    kinds = {bool: "boolean", type(None): "null", int: "number", float: "number", str: "string", dict: "object"}

    def one(call: Call, number: int) -> str:
        arguments = "".join(
            f'<|open|>argument key="{name}" type="{kinds.get(type(value), "array")}"<|sep|>{text_of(value)}'
            "<|close|>argument<|sep|>"
            for name, value in call.arguments.items()
        )
        return f'<|open|>call tool="{call.name}" index="{number}"<|sep|>{arguments}<|close|>call<|sep|>'

    inner = "".join(one(call, number) for number, call in enumerate(calls, 1))
    return f"<|open|>tools<|sep|>{inner}<|close|>tools<|sep|>"


def hunyuan(calls: Sequence[Call]) -> str:
    def one(call: Call) -> str:
        arguments = "".join(
            f"<arg_key:opensource>{name}</arg_key:opensource>\n"
            f"<arg_value:opensource>{text_of(value)}</arg_value:opensource>\n"
            for name, value in call.arguments.items()
        )
        return f"<tool_call:opensource>{call.name}<tool_sep:opensource>\n{arguments}</tool_call:opensource>\n"

    return f"<tool_calls:opensource>\n{''.join(map(one, calls))}</tool_calls:opensource>"


def solar(calls: Sequence[Call]) -> str:
    inner = "".join(
        f"<|tool_call:begin|>{number:010}<|tool_call:name|>{call.name}<|tool_call:args|>{plain(call.arguments)}"
        "<|tool_call:end|>"
        for number, call in enumerate(calls)
    )
    return f"<|tool_calls|>{inner}<|calls|>"


def minicpm(calls: Sequence[Call]) -> str:
    def text(value: object) -> str:
        if isinstance(value, str):
            return f"<![CDATA[{value}]]>" if set(value) & set("<&\n") else value
        return str(value)

    def one(call: Call) -> str:
        arguments = "".join(f'<param name="{name}">{text(value)}</param>' for name, value in call.arguments.items())
        return f'<function name="{call.name}">{arguments}</function>'

    return "\n".join(map(one, calls))


def minimax_m3(calls: Sequence[Call]) -> str:
    sign = "]<]minimax[>["

    def element(name: str, value: object) -> str:
        return f"{sign}<{name}>{text(value)}{sign}</{name}>"

    def text(value: object) -> str:
        match value:
            case dict():
                return "".join(element(name, item) for name, item in value.items())
            case list():
                return "".join(element("item", item) for item in value)
            case _:
                return text_of(value)

    inner = "".join(f'{sign}<invoke name="{call.name}">{text(call.arguments)}{sign}</invoke>\n' for call in calls)
    return f"{sign}<tool_call>\n{inner}{sign}</tool_call>"


def gigachat_3(calls: Sequence[Call]) -> str:
    return "".join(
        f"<|message_sep|>\n\nfunction call<|role_sep|>\n"
        f"{plain({'name': call.name, 'arguments': call.arguments})}<|message_sep|>\n\n"
        for call in calls
    ).rstrip("\n")


THINK = ("<think>\n", "\n</think>\n\n")
WRITERS: Mapping[str, Writer] = {
    "qwen3": Writer(hermes, template="<tool_call>", think=THINK),
    "hermes": Writer(hermes, template="<tool_call>"),
    "qwen3-coder": Writer(qwen3_coder, parser="qwen3-coder", string_never=("</parameter>",)),
    "qwen3.5": Writer(qwen3_coder, parser="qwen3.5", think=THINK, string_never=("</parameter>",)),
    "seed": Writer(seed, template="<seed:tool_call>", string_never=("</parameter>",)),
    "glm": Writer(glm, parser="glm-4.7", think=("<think>", "</think>"), string_never=("</arg_value>",)),
    "minimax": Writer(
        tagged("<minimax:tool_call>", "", "</minimax:tool_call>"),
        template="<minimax:tool_call>",
        string_never=("</parameter>",),
    ),
    "glimmer": Writer(
        tagged("<atem:function_calls>", "atem:", "</atem:function_calls>"),
        parser="glimmer",
        think=("to=self<|message|>", "<|eom|>"),
        never=("<|start|>assistant<|message|>", "<|eot|>", "to=user<|message|>", "<|message|>"),
        string_never=("</atem:parameter>",),
    ),
    "dsml": Writer(dsml, template=f"{BAR}DSML{BAR}", string_never=(f"</{BAR}DSML{BAR}parameter>",)),
    "mistral-list": Writer(mistral_list, ids=lambda call, _number: call.id, template="[TOOL_CALLS]"),
    "mistral-args": Writer(mistral_args, parser="ministral"),
    "mistral-ids": Writer(
        mistral_ids,
        template="[TOOL_CALLS][THINK][/THINK]",
        think=("[THINK]", "[/THINK]"),
        ids=lambda call, _number: call.id,
    ),
    "cohere": Writer(
        cohere,
        parser="cohere",
        think=("<|START_THINKING|>", "<|END_THINKING|>"),
        never=("<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>"),
    ),
    "command-r": Writer(command_r, template="<|START_OF_TURN_TOKEN|>"),
    "deepseek-v3": Writer(deepseek_v3, parser="deepseek3", think=THINK),
    "deepseek-v3.1": Writer(deepseek_v31, parser="cogito", think=THINK),
    "kimi": Writer(
        kimi,
        template="<|tool_calls_section_begin|>",
        ids=lambda call, number: f"functions.{call.name}:{number}",
    ),
    "granite": Writer(granite, template="<|tool_call|>", never=("<response>", "</response>")),
    "granite-4": Writer(hermes, template="<|start_of_role|><tool_call>"),
    "llama3": Writer(llama3, template="<|start_header_id|>"),
    "functionary": Writer(functionary, template="<|python_tag|><function="),
    "llama4": Writer(python_list("<|python_start|>", "<|python_end|>"), template="<|header_start|>"),
    "llama4-bare": Writer(python_list("", ""), template="<|header_start|>", in_front=True),
    "lfm2": Writer(python_list("<|tool_call_start|>", "<|tool_call_end|>"), parser="lfm2"),
    "olmo3": Writer(olmo3, parser="olmo3"),
    "tool-code": Writer(python_list("```tool_code\n", "\n```"), template="tool_code"),
    "gemma4": Writer(
        colon("<|tool_call>", '<|"|>', "<tool_call|>"),
        parser="gemma4",
        think=("<|channel>thought\n", "<channel|>"),
        string_never=('<|"|>',),
        bare_keys=True,
    ),
    "functiongemma": Writer(
        colon("<start_function_call>", "<escape>", "<end_function_call>"),
        parser="functiongemma",
        string_never=("<escape>",),
        bare_keys=True,
    ),
    "nemotron-v2": Writer(listed("<TOOLCALL>", "</TOOLCALL>"), template="<TOOLCALL>"),
    "functools": Writer(listed("functools", ""), template="functools["),
    "apertus": Writer(apertus, template="<|tools_prefix|>"),
    "functionary-3.2": Writer(functionary_32, template=">>>all${recipient}", never=(">>>all\n", "all\n")),
    "kimi-k3": Writer(
        kimi_k3,
        template="<|open|><|close|><|end_of_msg|>",
        think=("<|open|>think<|sep|>", "<|close|>think<|sep|>"),
        never=("<|open|>response<|sep|>", "<|close|>response<|sep|>", "<|close|>message<|sep|>"),
        string_never=("<|close|>argument<|sep|>",),
    ),
    "hunyuan": Writer(
        hunyuan,
        template="<tool_sep{}>",
        think=("<think:opensource>", "</think:opensource>"),
        never=("<think>", "</think>"),
        string_never=("</arg_value:opensource>", "</arg_value>"),
    ),
    "solar": Writer(
        solar,
        template="<|tool_call:begin|>",
        think=("<|think|>", "<|end|><|begin|>assistant<|content|>"),
        never=("<|begin|>assistant", "<|content|>", "<|end|>"),
        ids=lambda _call, number: f"{number:010}",
    ),
    "minicpm": Writer(
        minicpm, template="<function name=<param name=", think=THINK, string_never=("]]></param>", "</param>")
    ),
    "minimax-m3": Writer(
        minimax_m3,
        template="]<]minimax[>[<mm:think></mm:think>",
        think=("<mm:think>", "</mm:think>"),
        string_never=("]<]minimax[>[",),
        flat=True,
    ),
    "gigachat-3": Writer(
        gigachat_3, template="<|role_sep|>function call", never=("<|message_sep|>",), dropped=("<|message_sep|>",)
    ),
    "bare": Writer(bare, in_front=True),
    "fenced": Writer(fenced),
}
