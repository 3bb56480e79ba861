"""Calls of functions: how many arguments, of which kind, and in which order they are evaluated."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NoReturn

from olbuild.core.text import Span
from olbuild.language.template.evaluate.run import Evaluate, Run
from olbuild.language.template.go.errors import GoError
from olbuild.language.template.go.functions import SIGNATURES, Signature
from olbuild.language.template.go.values import INVALID, Value, is_true, type_name

_DATES = {"currentDate": timedelta(0), "yesterdayDate": timedelta(days=-1)}
_LONG = 4096  # characters; looking at a longer text costs steps
_CHARACTERS_A_STEP = 64
_WRITTEN_A_STEP = 16  # characters that a function writes
_SLOWLY_A_STEP = 2  # characters that printf quotes or writes as numbers, one by one
_VALUE = 16  # steps for what is no text, or is put in by printf
_SLOW_VERBS = re.compile(r"%[^%A-Za-z]*(?:#|[qxXUc])")
_WRITERS = frozenset({"print", "println", "printf", "html", "js", "urlquery", "json", "slice"})


def function(name: str, arguments: list[Evaluate], span: Span) -> Evaluate:
    """Return what calls a function. Its mistakes are found when it is called, as in Go."""
    if name in _DATES:
        return _date(name, arguments, span)
    if name in {"and", "or"}:
        return _junction(arguments, name, span)
    signature = SIGNATURES[name]
    count = len(arguments)
    if count < signature.least or (signature.most is not None and count > signature.most):
        return _wrong_count(name, signature.least, count, span)
    if name in _WRITERS:
        return _writer(signature, arguments, span)
    return _call(signature, arguments, span)


def _wrong_count(name: str, least: int, count: int, span: Span) -> Evaluate:
    def fail(_run: Run, _dot: Value) -> NoReturn:
        error = GoError(f"{name} takes {least} arguments or more, and gets {count}")
        error.span = span
        raise error

    return fail


def _call(signature: Signature, arguments: list[Evaluate], span: Span) -> Evaluate:
    apply, takes_any = signature.apply, signature.takes == "any"
    formats = signature is SIGNATURES["printf"]

    def call(run: Run, dot: Value) -> Value:
        values = [argument(run, dot) for argument in arguments]
        for value in values:
            if type(value) is str and len(value) > _LONG:
                run.pay(len(value) // _CHARACTERS_A_STEP, 0)
        if takes_any:
            _pay_for_writing(run, values, formats=formats)
        if takes_any:
            values = [None if value is INVALID else value for value in values]
        try:
            return apply(*values)
        except GoError as error:
            error.span = error.span or span
            raise

    return call


def _pay_for_writing(run: Run, values: list[Value], *, formats: bool) -> None:
    """Pay for values before they are written. Of printf's verbs, some look at each character by itself."""
    steps = _VALUE * sum(type(value) is not str for value in values)
    form = values[0] if formats else None
    if isinstance(form, str):
        steps += _VALUE * form.count("%")
        if _SLOW_VERBS.search(form):
            steps += sum(len(value) for value in values if isinstance(value, str)) // _SLOWLY_A_STEP
    run.pay(steps, 0)


def _writer(signature: Signature, arguments: list[Evaluate], span: Span) -> Evaluate:
    call = _call(signature, arguments, span)

    def write(run: Run, dot: Value) -> Value:
        try:
            made = run.made(call(run, dot))
            if type(made) is str and len(made) > _WRITTEN_A_STEP:
                run.pay(len(made) // _WRITTEN_A_STEP, 0)
            return made
        except GoError as error:
            error.span = error.span or span
            raise

    return write


def _junction(arguments: list[Evaluate], name: str, span: Span) -> Evaluate:
    """``and`` and ``or`` evaluate up to the first argument that decides, and return it."""
    if not arguments:
        return _wrong_count(name, 1, 0, span)
    *others, last = arguments
    decides = name == "or"

    def evaluate(run: Run, dot: Value) -> Value:
        for argument in others:
            value = argument(run, dot)
            if is_true(value) is decides:
                return value
        return last(run, dot)

    return evaluate


def _date(name: str, arguments: list[Evaluate], span: Span) -> Evaluate:
    """The dates take texts, and ignore them."""

    def evaluate(run: Run, dot: Value) -> Value:
        for argument in arguments:
            value = argument(run, dot)
            if not isinstance(value, str):
                error = GoError(f"{name} takes texts, and not {type_name(value)}")
                error.span = span
                raise error
        return (run.today + _DATES[name]).isoformat()

    return evaluate
