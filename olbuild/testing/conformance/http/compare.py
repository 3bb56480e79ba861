"""Whether two JSON values agree: the same keys and types, and the same values where those can be the same.

What depends on time, on the machine or on how weights are stored is never compared. What depends on sampling is
compared only where nothing is sampled, which is at temperature 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

_FREE = {
    *("created_at", "created", "completed_at", "modified_at", "expires_at"),
    *("total_duration", "load_duration", "prompt_eval_duration", "eval_duration"),
    *("id", "item_id", "request_id", "call_id", "version"),
    *("digest", "size", "size_vram"),  # Ollama writes weights anew when it stores them, and plans memory otherwise
}
"""Keys whose values have a type and no more."""

_WORDS = {"error", "message"}
"""Keys of errors: a clearer text is no difference."""

_SAMPLED = {
    *("response", "content", "thinking", "text", "delta", "output_text", "arguments", "context"),
    *("eval_count", "completion_tokens", "output_tokens", "total_tokens"),
    *("done_reason", "finish_reason", "stop_reason", "token", "bytes", "top_logprobs", "logprobs", "status"),
    *("incomplete_details", "reason", "embedding", "embeddings"),
}
"""Keys whose values depend on what was sampled."""

_NEAR = 0.2  # of a log-probability: other kernels, and batches of another size, add up in another order
_MOST = 5  # differences that are told of one answer


def compare(expected: Any, found: Any, *, greedy: bool) -> list[str]:  # noqa: ANN401 - JSON
    """Say what differs, in words; ``greedy`` says that nothing was sampled."""
    said = list(_differences(expected, found, "$", "", greedy=greedy))
    return said if len(said) <= _MOST else [*said[:_MOST], f"and {len(said) - _MOST} more"]


def _differences(expected: Any, found: Any, where: str, key: str, *, greedy: bool) -> Iterator[str]:  # noqa: ANN401
    names = _type(expected), _type(found)
    if names[0] != names[1]:
        yield f"{where} is {names[1]}, not {names[0]}"
    elif isinstance(expected, dict):
        yield from _of_objects(expected, found, where, greedy=greedy)
    elif isinstance(expected, list):
        yield from _of_lists(expected, found, where, key, greedy=greedy)
    elif key in _FREE or (key in _WORDS and isinstance(expected, str)) or (key in _SAMPLED and not greedy):
        return
    elif not _same(expected, found, key):
        yield f"{where} is {_shown(found)}, not {_shown(expected)}"


def _of_objects(expected: dict[str, Any], found: dict[str, Any], where: str, *, greedy: bool) -> Iterator[str]:
    yield from (f"{where}.{key} is missing" for key in expected if key not in found)
    yield from (f"{where}.{key} is too much" for key in found if key not in expected)
    for key, value in expected.items():
        if key in found:
            yield from _differences(value, found[key], f"{where}.{key}", key, greedy=greedy)


def _of_lists(expected: list[Any], found: list[Any], where: str, key: str, *, greedy: bool) -> Iterator[str]:
    if _named(expected) and _named(found):
        # In no order that counts; models may be there that lines left out of the file have made.
        theirs = {item["name"]: item for item in expected}
        ours = {item["name"]: item for item in found}
        if key != "models":
            yield from (f"{where} lacks {name}" for name in theirs if name not in ours)
        for name in theirs.keys() & ours.keys():
            yield from _differences(theirs[name], ours[name], f"{where}[{name}]", "", greedy=greedy)
        return
    if len(expected) != len(found) and (greedy or key not in _SAMPLED):
        yield f"{where} has {len(found)} items, not {len(expected)}"
    for number, (theirs_item, ours_item) in enumerate(zip(expected, found, strict=False)):
        yield from _differences(theirs_item, ours_item, f"{where}[{number}]", key, greedy=greedy)


def _named(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items)


def _same(expected: Any, found: Any, key: str) -> bool:  # noqa: ANN401
    if key == "logprob":
        return math.isclose(expected, found, abs_tol=_NEAR)
    if key == "parameters" and isinstance(expected, str):  # Ollama writes them in a random order
        return sorted(expected.splitlines()) == sorted(found.splitlines())
    if key == "modelfile":  # FROM is a place on the disk
        kept = [[line for line in text.splitlines() if not line.startswith("FROM ")] for text in (expected, found)]
        return kept[0] == kept[1]
    return bool(expected == found)


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "an object", list: "a list", str: "a text", type(None): "null"}
    return names.get(type(value), "a number")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:120]}…"  # noqa: PLR2004 - it is for a person
