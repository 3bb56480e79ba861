"""What a template may spend, and how it pays. Templates come with models, from anywhere.

Jinja's sandbox keeps a template away from Python's internals and bounds ``range``, but neither time nor output. Here
every pass of a loop and every call of a macro costs a step, every output its length, and every value that is made its
bytes, whether it is kept or not.
"""

from __future__ import annotations

import sys
import time
from contextvars import ContextVar

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.visitor import NodeTransformer
from msgspec import field

from olbuild.core.records import Mutable

MOST_STEPS = 1_000_000
MOST_SECONDS = 0.7
"""Of the processor's time, for compiling and running; a conversation of a million tokens takes a tenth of it."""

MOST_CHARACTERS = 1 << 26
"""The longest output; a context of a million tokens is less than a tenth of it."""

MOST_BYTES = 1 << 29
"""Of all values that a run makes; so much memory it may hold."""


class Budget(Mutable):
    """What is left for one run of a template."""

    steps: int = field(default_factory=lambda: MOST_STEPS)
    characters: int = field(default_factory=lambda: MOST_CHARACTERS)
    bytes: int = field(default_factory=lambda: MOST_BYTES)
    deadline: float = field(default_factory=lambda: time.monotonic() + MOST_SECONDS)
    begun: float = field(default_factory=time.thread_time)

    def step(self, characters: int) -> None:
        """Pay for a pass of a loop or a call, and for the literal text in it.

        Raises:
            SecurityError: if the budget is spent.
        """
        self.steps -= 1
        if self.steps < 0:
            raise SecurityError("it does not come to an end")
        self.tick()
        self.output(characters)

    def tick(self) -> None:
        """Look at the time: that of the wall, which costs little to read, and beyond the deadline the processor's.

        On a busy machine the second one runs slower, and it is what the template has spent.

        Raises:
            SecurityError: if it is up.
        """
        now = time.monotonic()
        if now > self.deadline:
            left = MOST_SECONDS - (time.thread_time() - self.begun)
            if left <= 0:
                raise SecurityError("it does not come to an end")
            self.deadline = now + left

    def output(self, characters: int) -> None:
        """Pay for output.

        Raises:
            SecurityError: if the budget is spent.
        """
        self.characters -= characters
        if self.characters < 0:
            raise SecurityError("its output does not come to an end")

    def made(self, size: int) -> None:
        """Pay for a value that was made, in bytes.

        Raises:
            SecurityError: if the budget is spent, or the time.
        """
        self.bytes -= size
        if self.bytes < 0:
            raise SecurityError("it makes too many values")
        self.tick()


BUDGET: ContextVar[Budget] = ContextVar("budget")
"""The budget of the run that is going on in this thread."""


def pay(value: object, *, texts: bool = False) -> None:
    """Pay for a value that was made, and for what is new in a list: its pairs and numbers, and ``texts`` if so."""
    size = sys.getsizeof(value)
    if isinstance(value, list | tuple):
        size += sum(sys.getsizeof(part) for part in value if not isinstance(part, dict | str) or texts)
    BUDGET.get().made(size)


class Meter(NodeTransformer):
    """Puts the payments into a parsed template. They call attributes of the environment, which no template reaches."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - jinja's naming
        """Let each pass of a loop cost a step."""
        return self._metered(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        """Let each call of a macro cost a step."""
        return self._metered(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802
        """Let each call of a block's caller cost a step."""
        return self._metered(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Join texts through the environment, which looks at their sizes."""
        self.generic_visit(node)
        return environment_call("concatenate", [nodes.List(node.nodes, lineno=node.lineno)], node.lineno)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        """Look at the time after a comparison, which may pass over much."""
        self.generic_visit(node)
        return environment_call("timed", [node], node.lineno)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        """Look at the time after a test, which may write its value out."""
        self.generic_visit(node)
        return environment_call("timed", [node], node.lineno)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        """Pay for a slice, which is a copy. Other elements are there already."""
        self.generic_visit(node)
        return environment_call("copied", [node], node.lineno) if isinstance(node.arg, nodes.Slice) else node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        """Look at the size of a list that is made."""
        return self._measured(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        """Look at the size of a dict that is made."""
        return self._measured(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        """Look at the size of a tuple that is made, and not at one that names variables."""
        return self._measured(node) if node.ctx == "load" else node

    def _measured(self, node: nodes.List | nodes.Dict | nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        return environment_call("measured", [node], node.lineno)

    def _metered(self, node: nodes.For | nodes.Macro | nodes.CallBlock) -> nodes.Node:
        weight = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        payment = environment_call("step", [nodes.Const(weight, lineno=node.lineno)], node.lineno)
        node.body.insert(0, nodes.ExprStmt(payment, lineno=node.lineno))
        return node


def environment_call(attribute: str, arguments: list[nodes.Expr], line: int) -> nodes.Call:
    """Return the call of a method of the environment, which no template reaches."""
    return nodes.Call(nodes.EnvironmentAttribute(attribute), arguments, [], None, None, lineno=line)
