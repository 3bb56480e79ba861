"""The macros that a compiled template may need: how Go prints and encodes what is no plain text.

They are plain Jinja, so that a template with them is portable. Every tag strips the blanks on both sides, which makes
``trim_blocks`` and ``lstrip_blocks`` mean nothing. They keep to what Jinja2 and llama.cpp's engine both have: that one
has no ``urlencode``, no ``format``, no signs that compare texts, and prints six digits of a number.
"""

from __future__ import annotations

import re

from olbuild.language.template.portable.macros import encoding, printing, texts

_NAME = re.compile(r"\bgo_\w+(?=\()")

MACROS = {**texts.MACROS, **encoding.MACROS, **printing.MACROS}


def with_needed(names: set[str]) -> list[str]:
    """Return the lines of macros and of those that they call, in the order of the table."""
    waiting, needed = list(names), set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(_NAME.findall(MACROS[name]))
    return [line for name, text in MACROS.items() if name in needed for line in text.strip("\n").split("\n")]
