"""From a text to Jinja's tree, and what its compiler says about it. Nothing of a template is calculated or run here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import StringIO
from typing import NoReturn

from jinja2 import Environment, TemplateSyntaxError, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from olbuild.core.records import Frozen
from olbuild.language.template.jinja.dialect import EXTENSIONS
from olbuild.language.template.jinja.limits import TooMuch, deepest_line, require_few_unknown, require_sane

_NESTED = "the template is nested too deeply"


class _Reader(ImmutableSandboxedEnvironment):
    """Hugging Face's environment for reading only: its compiler leaves every constant expression as it is."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})


@pass_context
def _uncalled(_context: Context, value: object) -> NoReturn:
    """Stand for each filter, and for what writes a value: what needs a context is not called while compiling."""
    raise AssertionError(value)


@cache
def reader() -> Environment:
    """Return the environment."""
    environment = _Reader(
        trim_blocks=True, lstrip_blocks=True, extensions=EXTENSIONS, finalize=_uncalled, cache_size=0, optimized=False
    )
    environment.filters = dict.fromkeys(environment.filters, _uncalled)
    return environment


class Generated(Frozen, kw_only=True):
    """What the compiler says: the names that come from outside, and what it refuses, each with a line."""

    outside: frozenset[str]
    refused: tuple[tuple[str, int], ...]


class _Generator(CodeGenerator):
    """Jinja's compiler, which collects its complaints instead of stopping at the first one."""

    def __init__(self, environment: Environment) -> None:
        self.python = StringIO()
        super().__init__(environment, None, None, stream=self.python, optimized=False)
        self.outside: set[str] = set()
        self.refused: list[tuple[str, int]] = []

    def enter_frame(self, frame: Frame) -> None:
        """Note the names that are looked up in the context, as ``jinja2.meta`` does."""
        super().enter_frame(frame)
        for action, name in frame.symbols.loads.values():
            if action == "resolve" and name is not None:
                self.outside.add(name)

    def fail(self, msg: str, lineno: int) -> None:  # type: ignore[override] # and goes on
        """Note a complaint."""
        self.refused.append((msg, lineno))


def parse(text: str) -> nodes.Template:
    """Parse a template.

    Raises:
        TemplateSyntaxError: if it is none.
        TooMuch: if it is longer or nested more deeply than anybody writes one.
    """
    require_sane(reader(), text)
    with _stack():
        tree = reader().parse(text)
    require_few_unknown(reader(), tree)
    return tree


def generate(tree: nodes.Template) -> Generated:
    """Compile a tree, all the way.

    Raises:
        TemplateSyntaxError: if parts of it do not fit together.
        TooMuch: if it is nested more deeply than Jinja or Python can follow.
    """
    generator = _Generator(reader())
    with _stack():
        generator.visit(tree)
        try:
            compile(generator.python.getvalue(), "<template>", "exec")
        except SyntaxError as error:
            line = _line_of(error, generator)
            if error.msg.startswith("too many"):
                raise TooMuch(_NESTED, line) from None
            raise TemplateSyntaxError(error.msg, line) from None  # an argument twice; Jinja looks away
    return Generated(outside=frozenset(generator.outside), refused=tuple(generator.refused))


@contextmanager
def _stack() -> Iterator[None]:
    """Say in one way that there is too much of something."""
    try:
        yield
    except TemplateSyntaxError:
        raise
    except RecursionError as error:
        raise TooMuch(_NESTED, deepest_line(error.__traceback__)) from None
    except (MemoryError, ValueError):  # Python's compiler has limits of its own
        raise TooMuch(_NESTED, 1) from None


def _line_of(error: SyntaxError, generator: _Generator) -> int:
    """Return the line of the template that became a line of Python."""
    lines = [line for line, code in generator.debug_info if code <= (error.lineno or 0)]
    return lines[-1] if lines else 1
