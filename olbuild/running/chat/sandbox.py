"""The environment in which chat templates run: Hugging Face's, in Jinja's sandbox, with a budget.

The measure is ``_compile_jinja_template`` in transformers' ``utils/chat_template_utils.py``: an immutable sandbox,
``trim_blocks``, ``lstrip_blocks``, loop controls, ``{% generation %}``, its own ``tojson``, ``raise_exception`` and
``strftime_now``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from traceback import walk_tb
from types import BuiltinMethodType, MethodType
from typing import Any, NoReturn

from jinja2 import Template, nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateError, TemplateRuntimeError, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from olbuild.core.errors import FormatError, UsageError
from olbuild.language.template.jinja.dialect import EXTENSIONS
from olbuild.language.template.jinja.limits import TooMuch, require_few_unknown, require_sane
from olbuild.running.chat.budget import BUDGET, Budget, Meter, pay
from olbuild.running.chat.calls import checked_arguments, is_making
from olbuild.running.chat.filters import checked_filters
from olbuild.running.chat.formats import FormatCall, check_percent, format_call
from olbuild.running.chat.sizes import check_operation, require_hashable, require_small, weigh

_MOST_MESSAGE = 1000  # characters
_GLOBALS = ("cycler", "dict", "joiner", "namespace", "range")  # not lipsum: as much text as it is asked for
_ARGUMENT = 32  # bytes
_FORMATS = ("format", "format_map")
_CLOCK_WIDTH = re.compile(r"%[-_0^#+]*\d{3}")


class TemplateRefusal(TemplateError):
    """The template called ``raise_exception``: it does not accept this conversation."""


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment. Its templates run under the budget of their thread."""

    intercepted_binops = frozenset({"+", "-", "*", "**", "%"})

    def __init__(self) -> None:
        """Set it up as Hugging Face does."""
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=EXTENSIONS,
            finalize=_written,
            cache_size=0,
            optimized=False,  # what is calculated while compiling would not be paid for when it is used
        )
        self.filters["tojson"] = _tojson
        self.filters = checked_filters(self.filters)
        self.globals = {name: self.globals[name] for name in _GLOBALS}
        self.globals["dict"] = _dict
        self.globals["raise_exception"] = _refuse
        self.globals["strftime_now"] = _strftime_now

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        try:
            require_sane(self, source)
            tree = super()._parse(source, name, filename)
            require_few_unknown(self, tree)
        except TooMuch as error:
            raise TemplateSyntaxError(error.message, error.line, name, filename) from None
        return self.prepared(tree, source)

    def prepared(self, tree: nodes.Template, source: str) -> nodes.Template:  # noqa: ARG002 - for who needs it
        """Return a tree that pays for what it does."""
        Meter().visit(tree)
        return tree

    def step(self, characters: int) -> None:
        """Pay for a step; what the meter calls."""
        BUDGET.get().step(characters)

    def timed(self, value: object) -> object:
        """Return a value, if there is time left."""
        BUDGET.get().tick()
        return value

    def copied(self, value: object) -> object:
        """Pay for a copy of what was there."""
        pay(value)
        return value

    def measured(self, value: object) -> object:
        """Return a value that a template made, if it is of a sane size."""
        weigh(value)
        pay(value)
        return value

    def concatenate(self, values: list[object]) -> str:
        """Join the texts of values: the operator ``~``."""
        require_small(sum(weigh(value).characters for value in values))
        text = "".join([str(value) for value in values])
        require_small(len(text))
        pay(text)
        return text

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Calculate, if the result is of a sane size."""
        if operator == "%" and isinstance(left, str):
            check_percent(left, right)
        else:
            check_operation(operator, left, right)
        try:
            result: object = super().call_binop(context, operator, left, right)
        except TypeError:
            raise TemplateRuntimeError(f"{_kind(left)} {operator} {_kind(right)} is not possible") from None
        weigh(result)
        pay(result)
        return result

    def call(self, context: Context, function: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        """Call a function that a template may call, if the result is of a sane size."""
        if getattr(function, "__self__", None) is self:  # what the meter put there
            return function(*args)
        BUDGET.get().made(_ARGUMENT * (len(args) + len(kwargs)))
        if not callable(function):
            raise TemplateRuntimeError(f"{_kind(function)} cannot be called")
        is_global = any(function is each for each in self.globals.values())
        making = is_global or is_making(function)
        args = checked_arguments(function, args, kwargs)
        if is_global:
            weigh(args)
        result = super().call(context, function, *args, **kwargs)
        if making:
            weigh(result)
            pay(result, texts=not is_global)
        return result

    def wrap_str_format(self, value: object) -> FormatCall | None:
        """Return the bounded form of a text's ``format`` or ``format_map``, and None for all else."""
        if not isinstance(value, MethodType | BuiltinMethodType) or not isinstance(value.__self__, str):
            return None
        name = value.__name__
        return format_call(self, value.__self__, from_map=name == "format_map") if name in _FORMATS else None


def render(template: str, variables: Mapping[str, object]) -> str:
    """Run a chat template.

    Raises:
        FormatError: if it is no Jinja, uses what the sandbox forbids, fails, or does not come to an end.
        UsageError: if the template itself refuses the conversation.
    """
    with budgeted():
        return _compiled(template).render(variables)


@contextmanager
def budgeted() -> Iterator[None]:
    """Run a template under a budget of its own; what goes wrong in it is one of two errors (see ``render``)."""
    token = BUDGET.set(Budget())
    try:
        yield
    except TemplateRefusal as error:
        raise UsageError(f"the chat template does not accept this conversation: {_brief(error)}") from None
    except TemplateSyntaxError as error:
        raise FormatError(f"the chat template is not valid Jinja, in line {error.lineno}: {_brief(error)}") from None
    except TemplateError as error:
        raise FormatError(f"the chat template is refused or fails{_place(error)}: {_brief(error)}") from None
    except (MemoryError, RecursionError):
        raise FormatError("the chat template needs too much memory, or calls itself too often") from None
    except Exception as error:  # noqa: BLE001 - a template is a program, and may fail in any way
        raise FormatError(f"the chat template fails{_place(error)}: {_reason(error)}") from None
    finally:
        BUDGET.reset(token)


@lru_cache(maxsize=8)
def _compiled(template: str) -> Template:
    return Sandbox().from_string(template)


@pass_context
def _written(context: Context, value: object) -> str:
    weigh(value)
    text: str = escape(value) if context.eval_ctx.autoescape else value if isinstance(value, str) else str(value)
    budget = BUDGET.get()
    budget.tick()
    budget.output(len(text))
    return text


def _brief(error: TemplateError) -> str:
    return " ".join((error.message or type(error).__name__)[:_MOST_MESSAGE].split())


def _place(error: BaseException) -> str:
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return f" in line {lines[-1]}" if lines else ""


def _reason(error: Exception) -> str:
    return next((reason for kind, reason in _REASONS.items() if isinstance(error, kind)), "a value does not fit")


_REASONS: dict[type[Exception], str] = {
    ZeroDivisionError: "it divides by zero",
    OverflowError: "a number is too large",
    UnicodeError: "a text has characters that cannot be written",
    LookupError: "an element is not there",
    TypeError: "a value has the wrong type for what is done with it",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__.lower())


_KINDS: dict[type, str] = {str: "text", int: "number", float: "number", dict: "mapping", type(None): "none"}


def _refuse(message: str) -> NoReturn:
    raise TemplateRefusal(str(message)[:_MOST_MESSAGE])


def _dict(*pairs: Any, **named: object) -> dict[object, object]:  # noqa: ANN401 - what dict takes
    """Make a dict, as Python does. Many keys of one hash would take the square of their number."""
    if pairs and not isinstance(pairs[0], Mapping):
        pairs = (list(pairs[0]), *pairs[1:])
        require_hashable(len(pairs[0]))
    return dict(*pairs, **named)


def _strftime_now(form: str) -> str:
    if len(form) > _MOST_MESSAGE or _CLOCK_WIDTH.search(form):  # the C library pads to any width
        raise SecurityError("it asks for a time of day that is too long")
    return datetime.now().strftime(form)  # noqa: DTZ005 - the user's clock, as Hugging Face has it


def _tojson(
    value: object,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - Hugging Face's signature
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    try:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    except TypeError:
        raise TemplateRuntimeError("tojson is given a value that JSON does not have") from None
