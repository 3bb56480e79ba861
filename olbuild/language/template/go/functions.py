"""The functions of Go and of Ollama, over values. Not ``and`` and ``or``, which do not evaluate all arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from olbuild.core.records import Frozen
from olbuild.language.template.go.collections import index, length, slice_of
from olbuild.language.template.go.compare import equal, less
from olbuild.language.template.go.errors import LARGEST_TEXT, GoError, TooMuch
from olbuild.language.template.go.formatting import Printer
from olbuild.language.template.go.json import to_json
from olbuild.language.template.go.methods import typescript
from olbuild.language.template.go.printing import escaper_text, sprint, sprintln
from olbuild.language.template.go.quoting import html, javascript, url_query
from olbuild.language.template.go.values import Value, is_true

Takes: TypeAlias = Literal["value", "any", "string"]
"""What an argument may be. ``any`` turns no value at all into an interface that holds nothing."""


class Signature(Frozen, kw_only=True):
    """How many arguments a function takes (``most`` None: any number more), of what kind, and what it does."""

    least: int
    most: int | None
    takes: Takes
    apply: Callable[..., Value]


def _values(least: int, most: int | None, apply: Callable[..., Value]) -> Signature:
    return Signature(least=least, most=most, takes="value", apply=apply)


def _texts(apply: Callable[..., Value]) -> Signature:
    return Signature(least=0, most=None, takes="any", apply=_sized(apply))


def _sized(apply: Callable[..., Value]) -> Callable[..., Value]:
    def sized(*values: Value) -> Value:
        if sum(len(value) for value in values if isinstance(value, str)) > LARGEST_TEXT:
            raise TooMuch("it makes a text that is too long")
        return apply(*values)

    return sized


def _not_less(first: Value, second: Value) -> bool:
    return not less(first, second)


def _less_or_equal(first: Value, second: Value) -> bool:
    return less(first, second) or equal(first, (second,))


def _json(value: Value) -> str:
    try:
        return to_json(value)
    except GoError:
        return ""  # Ollama ignores the error and prints what it has, which is nothing


def _printf(form: Value, *values: Value) -> str:
    if not isinstance(form, str):
        raise GoError("the format of printf is no text")
    printer = Printer()
    printer.format(form, values)
    return printer.text


def _call(function: Value, *_: Value) -> Value:
    raise GoError(f"call of nil or of something that is no function: {type(function).__name__}")


SIGNATURES: dict[str, Signature] = {
    "not": _values(1, 1, lambda value: not is_true(value)),
    "eq": _values(1, None, lambda first, *others: equal(first, others)),
    "ne": _values(2, 2, lambda first, second: not equal(first, (second,))),
    "lt": _values(2, 2, less),
    "le": _values(2, 2, _less_or_equal),
    "gt": _values(2, 2, lambda first, second: not _less_or_equal(first, second)),
    "ge": _values(2, 2, _not_less),
    "len": _values(1, 1, length),
    "index": _values(1, None, index),
    "slice": _values(1, None, slice_of),
    "call": _values(1, None, _call),
    "print": _texts(lambda *values: sprint(values)),
    "println": _texts(lambda *values: sprintln(values)),
    "printf": Signature(least=1, most=None, takes="any", apply=_sized(_printf)),
    "html": _texts(lambda *values: html(escaper_text(values))),
    "js": _texts(lambda *values: javascript(escaper_text(values))),
    "urlquery": _texts(lambda *values: url_query(escaper_text(values))),
    "json": Signature(least=1, most=1, takes="any", apply=_json),
    "toTypeScriptType": Signature(least=1, most=1, takes="any", apply=typescript),
}
"""Every function that is the same in each execution; the dates are not."""
