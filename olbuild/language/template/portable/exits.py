"""``break`` and ``continue`` as flags: Jinja's own need an extension, and in llama.cpp's engine they lose output."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.records import Frozen
from olbuild.language.template.portable.scope import Scope
from olbuild.language.template.syntax.nodes import Body, Break, Continue, If, Node, With


def leaves(node: Node) -> bool:
    """Whether a node may leave the loop that it stands in, or the rest of this pass."""
    return any(True for _ in _exits((node,)))


def _exits(body: Body) -> Iterator[Break | Continue]:
    for node in body:
        match node:
            case Break() | Continue():
                yield node
            case If() | With():
                for branch in node.branches:
                    yield from _exits(branch.body)
                yield from _exits(node.otherwise or ())
            case _:
                pass  # another loop has exits of its own, and a definition is no part of this one


class Exits(Frozen):
    """The flags of a loop: ``left`` after a ``break``, ``skipped`` for the rest of a pass. Empty if it needs none."""

    left: str = ""
    skipped: str = ""

    @classmethod
    def of(cls, body: Body, scope: Scope) -> Exits:
        """Return the flags that the body of a loop needs."""
        found = {type(node) for node in _exits(body)}
        left = f"go.{scope.fresh('left')}" if Break in found else ""
        return cls(left, f"go.{scope.fresh('skipped')}" if Continue in found else left)

    def flags(self, node: Break | Continue) -> tuple[str, ...]:
        """Return what is set at a node."""
        both = (self.left, self.skipped) if isinstance(node, Break) else (self.skipped,)
        return tuple(dict.fromkeys(both))

    def before(self) -> list[str]:
        """Return the lines before the loop."""
        return [f"{{%- set {self.left} = false -%}}"] if self.left else []

    def first(self) -> list[str]:
        """Return the first lines of the loop's body."""
        lines = [f"{{%- if not {self.left} -%}}"] if self.left else []
        if self.skipped != self.left:
            lines.append(f"{{%- set {self.skipped} = false -%}}")
        return lines

    def last(self) -> list[str]:
        """Return the last lines of the loop's body."""
        return ["{%- endif -%}"] if self.left else []
