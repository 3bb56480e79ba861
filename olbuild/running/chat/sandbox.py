"""The environment in which chat templates run: Hugging Face's, in Jinja's sandbox, with a budget.

The measure is ``_compile_jinja_template`` in transformers' ``utils/chat_template_utils.py``: an immutable sandbox,
``trim_blocks``, ``lstrip_blocks``, loop controls, ``{% generation %}``, its own ``tojson``, ``raise_exception`` and
``strftime_now``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NoReturn

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from olbuild.core.errors import FormatError, UsageError
from olbuild.running.chat.budget import BUDGET, Budget, Meter
from olbuild.running.chat.sizes import check_call, check_operation, checked_filters, require_small, require_small_tree

_MOST_SOURCE = 1 << 22  # characters; the longest template seen has 25,000


class TemplateRefusal(TemplateError):
    """The template called ``raise_exception``: it does not accept this conversation."""


class _Generation(Extension):
    """``{% generation %}`` marks what a model said, for training; when running, it is only its content."""

    tags = {"generation"}  # noqa: RUF012 - jinja's declaration

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment. Its templates run under the budget of their thread."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        """Set it up as Hugging Face does."""
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[_Generation, loopcontrols],
            finalize=_pay,
            cache_size=0,
        )
        self.filters["tojson"] = _tojson
        self.filters = checked_filters(self.filters)
        del self.globals["lipsum"]  # as much text as it is asked for, of no use in a prompt
        self.globals["raise_exception"] = _refuse
        self.globals["strftime_now"] = _strftime_now

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        Meter().visit(tree)
        return tree

    def step(self, characters: int) -> None:
        """Pay for a step; what the meter calls."""
        BUDGET.get().step(characters)

    def measured(self, value: object) -> object:
        """Return a value that a template made, if it is of a sane size."""
        require_small_tree(value)
        return value

    def concatenate(self, values: list[object]) -> str:
        """Join the texts of values: the operator ``~``."""
        texts = [str(value) for value in values]
        require_small(sum(map(len, texts)))
        return "".join(texts)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Calculate, if the result is of a sane size."""
        check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, function: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        """Call a function, if the result is of a sane size."""
        check_call(function, args, kwargs)
        return super().call(context, function, *args, **kwargs)


def render(template: str, variables: Mapping[str, object]) -> str:
    """Run a chat template.

    Raises:
        FormatError: if it is no Jinja, uses what the sandbox forbids, fails, or does not come to an end.
        UsageError: if the template itself refuses the conversation.
    """
    if len(template) > _MOST_SOURCE:
        raise FormatError(f"the chat template has {len(template)} characters, and {_MOST_SOURCE} are the most")
    token = BUDGET.set(Budget())
    try:
        return _compiled(template).render(variables)
    except TemplateRefusal as error:
        raise UsageError(f"the chat template does not accept this conversation: {error.message}") from None
    except TemplateSyntaxError as error:
        raise FormatError(f"the chat template is not valid Jinja, in line {error.lineno}: {error.message}") from None
    except TemplateError as error:
        raise FormatError(f"the chat template is refused or fails: {error.message or type(error).__name__}") from None
    except (MemoryError, RecursionError) as error:
        raise FormatError(f"the chat template needs too much memory ({type(error).__name__})") from None
    except Exception as error:  # noqa: BLE001 - a template is a program, and may fail in any way
        raise FormatError(f"the chat template fails: {type(error).__name__}: {str(error)[:200]}") from None
    finally:
        BUDGET.reset(token)


@lru_cache(maxsize=8)
def _compiled(template: str) -> Template:
    return Sandbox().from_string(template)


def _pay(value: object) -> object:
    if isinstance(value, str) and (budget := BUDGET.get(None)):
        budget.output(len(value))
    return value


def _refuse(message: str) -> NoReturn:
    raise TemplateRefusal(str(message))


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)  # noqa: DTZ005 - the user's clock, as Hugging Face has it


def _tojson(
    value: object,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - Hugging Face's signature
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
