"""Constructs that a sandbox refuses, told from the tree alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

from olbuild.core.records import Frozen
from olbuild.language.template.codes import Code

_INTERNAL = (
    "mro func_code func_globals func_closure func_defaults gi_code gi_frame cr_code cr_frame ag_code ag_frame"
    " tb_frame tb_next f_globals f_locals f_builtins f_back"
)
_CHANGES = (
    "add append appendleft clear discard extend extendleft insert pop popitem popleft remove reverse rotate"
    " setdefault sort update difference_update symmetric_difference_update"
)
_OTHER_TEMPLATES = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)
_HIDDEN = re.compile(r"(?:^|[.\[{])_?_\w+__\b")
_MOST_BITS = 1 << 13
_LONGEST = 1 << 24
_LONGEST_RANGE = 100_000  # jinja2.sandbox.MAX_RANGE


class Found(Frozen):
    """Something that was found: what, in which line, and the word that it is about."""

    code: Code
    message: str
    line: int
    word: str | None = None


def unsafe(node: nodes.Node) -> Iterator[Found]:
    """Yield an attribute that leads out of the sandbox: ``__class__`` and its kind, however it is spelt."""
    for name in _attributes(node):
        yield Found(Code.JINJA_UNSAFE, f"the attribute {name} leads out of the sandbox", node.lineno, name)


def _attributes(node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.Getattr(attr=name) if _is_internal(name):
            yield name
        case nodes.Getitem(arg=nodes.Const(value=str(name))) if _is_dunder(name):
            yield name
        case nodes.Filter():
            given = [*node.args, *(each.value for each in node.kwargs if each.key == "attribute")]
            for argument in given:
                if isinstance(argument, nodes.Const) and isinstance(argument.value, str):
                    yield from filter(_is_dunder, argument.value.split("."))
        case nodes.Call(node=nodes.Getattr(node=nodes.Const(value=str(text)), attr="format" | "format_map")):
            yield from (match[0].lstrip(".[{") for match in _HIDDEN.finditer(text))
        case _:
            pass


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_internal(name: str) -> bool:
    return _is_dunder(name) or name in _INTERNAL.split()


def refused(node: nodes.Node) -> Iterator[Found]:
    """Yield what fails when a template comes to it."""
    message, word = _refusal(node)
    if message:
        yield Found(Code.JINJA_REFUSED, message, node.lineno, word)


def _refusal(node: nodes.Node) -> tuple[str | None, str | None]:
    match node:
        case nodes.Call(node=nodes.Getattr(attr=name)) if name in _CHANGES.split():
            return f"{name} changes a value, which no chat template may", name
        case nodes.Call(node=nodes.Name(name="range")) if any(_whole(each) > _LONGEST_RANGE for each in node.args):
            return f"a range has at most {_LONGEST_RANGE} numbers", "range"
        case nodes.Pow() if _whole(node.left).bit_length() * _whole(node.right) > _MOST_BITS:
            return "this number is too large", "**"
        case nodes.Mul() if max(_whole(node.left), _whole(node.right)) > _LONGEST and _has_text(node):
            return "this text is too long", "*"
        case _ if isinstance(node, _OTHER_TEMPLATES):
            return "a chat template is alone: there is no other one to read", None
        case _:
            return None, None


def _whole(node: nodes.Node) -> int:
    """Return the number that a node is written as, or a power of two such; 0 for everything else."""
    match node:
        case nodes.Const(value=int(value)):
            return value
        case nodes.Pow(left=nodes.Const(value=int(left)), right=nodes.Const(value=int(right))) if right > 0:
            return left**right if left.bit_length() * right <= _MOST_BITS else 0
        case _:
            return 0


def _has_text(node: nodes.BinExpr) -> bool:
    return any(isinstance(each, nodes.Const) and isinstance(each.value, str) for each in (node.left, node.right))
