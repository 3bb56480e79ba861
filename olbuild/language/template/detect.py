"""Is a chat template Go or Jinja?

Both write ``{{ … }}``, and Go's literal text may contain ``{%``, so the first construct that only one of them can mean
decides:

- ``{% word`` with the name of a Jinja tag, and a comment ``{# … #}``: Jinja.
- ``{{`` and then ``.``, ``$``, a comment ``/*``, a raw string, or a keyword (``if``, ``range``, ``end``, …): Go.
- ``{{`` and then one of Go's functions before an operand or alone (``json .Tools``, ``currentDate``): Go.
- ``{{`` and then any other name, a list, a dict, or a text of several characters in single quotes: Jinja.
- ``{{`` and then a number, a double-quoted text or one quoted character is both, unless an operator of Jinja follows.

A text without any of these is the same in both, and is taken for Go, the language of a Modelfile's TEMPLATE.
"""

from __future__ import annotations

import re
from typing import Literal

_OPENING = re.compile(r"\{\{-?\s*|\{%[-+]?\s*|\{#")

_JINJA_TAG = re.compile(
    r"(?:autoescape|block|break|call|continue|do|elif|else|end[a-z]+|extends|filter|for|from|generation|if|import"
    r"|include|macro|print|raw|set|trans|with)\b"
)

_GO_ACTION = re.compile(
    r"[.$`]|/\*|(?:if|else|end|range|with|define|template|block|break|continue)\b"
    r"|(?:and|or|not|eq|ne|lt|le|gt|ge|len|index|slice|print|printf|println|html|js|urlquery|call"
    r"|json|currentDate|yesterdayDate|toTypeScriptType)(?=\s+[.$(\"`'\d-]|\s*\}\}|\s*\|)"
)

_LITERAL = re.compile(r"""'(?:[^'\\\n]|\\.)'|"(?:[^"\\\n]|\\.)*"|[-+]?\d[\w.]*|(?:true|false|nil)\b|-?\}\}""")
_JINJA_OPERATOR = re.compile(r"\s*(?:[+~*%\[]|\.\w|(?:if|is|in|and|or|not)\b|\|\s*(?:trim|tojson|upper|lower|safe)\b)")


def template_language(text: str) -> Literal["go", "jinja"]:
    """Return the language of a chat template, by the rule above; linear in the length of the text."""
    comment_end = text.rfind("#}")
    for opening in _OPENING.finditer(text):
        inside = opening.end()
        kind = opening[0][:2]
        if kind == "{#":
            if comment_end >= inside:
                return "jinja"
        elif kind == "{%":
            if _JINJA_TAG.match(text, inside):
                return "jinja"
        elif language := _expression_language(text, inside):
            return language
    return "go"


def _expression_language(text: str, start: int) -> Literal["go", "jinja"] | None:
    """Return the language of what stands behind ``{{``, or None when it can be either."""
    while text[start : start + 1] in {"(", " "}:
        start += 1
    if _GO_ACTION.match(text, start):
        return "go"
    literal = _LITERAL.match(text, start)
    if literal is None:
        return "jinja" if start < len(text) else None
    return "jinja" if _JINJA_OPERATOR.match(text, literal.end()) else None
