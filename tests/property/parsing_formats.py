"""How the newer families write calls, and what all of them are written with."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Arguments = dict[str, Any]
BAR = "\uff5c"


@dataclass(frozen=True)
class Call:
    name: str
    arguments: Arguments
    id: str = ""


def plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def text_of(value: object, dump: Callable[[object], str] = plain) -> str:
    return value if isinstance(value, str) else dump(value)


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


def qwen3_coder(calls: Sequence[Call]) -> str:
    def one(call: Call) -> str:
        parameters = "".join(
            f"<parameter={name}>\n{text_of(value)}\n</parameter>\n" for name, value in call.arguments.items()
        )
        return f"<tool_call>\n<function={call.name}>\n{parameters}</function>\n</tool_call>"

    return "\n".join(map(one, calls))


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
