"""All nodes of Jinja's tree."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes


def walk(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Yield all nodes below one, in the order of the text, however deep they are."""
    waiting = [tree.iter_child_nodes()]
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
        else:
            yield node
            waiting.append(node.iter_child_nodes())
