"""When two prompts are the same: all characters are, but for how a JSON value is written.

A JSON value may differ in its spacing, in the order of its keys, and in whether ``<``, ``>`` and ``&`` are escaped.
Addresses of pointers, which Go prints for the elements of ``.Messages``, are other ones in each run.
"""

from __future__ import annotations

import json
import re

_ADDRESS = re.compile(r"0x[0-9a-f]{8,16}")
_OPENING = re.compile(r"[{\[]")
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_DECODER = json.JSONDecoder()


def without_addresses(text: str) -> str:
    """Return a text with the same address for all pointers."""
    return _ADDRESS.sub("0x", text)


def same(first: str, second: str) -> bool:
    """Whether two prompts are the same."""
    first, second = without_addresses(first), without_addresses(second)
    return first == second or _normal(first) == _normal(second)


def _normal(text: str) -> str:
    """Write every JSON value in a text anew, and escape what Go escapes everywhere."""
    pieces, position = [], 0
    while (match := _OPENING.search(text, position)) is not None:
        pieces.append(text[position : match.start()])
        try:
            value, position = _DECODER.raw_decode(text, match.start())
            pieces.append(json.dumps(value, sort_keys=True, ensure_ascii=False))
        except (ValueError, RecursionError):
            pieces.append(match.group())
            position = match.end()
    return "".join([*pieces, text[position:]]).translate(_ESCAPES)
