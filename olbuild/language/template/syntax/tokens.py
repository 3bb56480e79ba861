"""The tokens of a Go template, also of one that is half written: for colours, and nothing else.

The terminals are those of ``grammar/gotemplate.lark``. What fits none of them is skipped, and an action that never ends
is read up to the end of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from olbuild.core.records import Frozen
from olbuild.language.template.syntax.functions import FUNCTIONS
from olbuild.language.template.syntax.tree import terminal_pattern

Kind = Literal[
    "comment", "mark", "keyword", "function", "field", "variable", "string", "number", "constant", "operator"
]

_KEYWORDS = ("if", "else", "end", "range", "with", "define", "template", "block", "break", "continue")
# Where several fit, the first one counts.
_TERMINALS: tuple[tuple[Kind, str], ...] = (
    ("number", "NUMBER"),
    ("field", "FIELD"),
    ("field", "DOT"),
    ("variable", "VARIABLE"),
    ("string", "STRING"),
    ("string", "RAW"),
    ("string", "CHARACTER"),
)
_OPENING = re.compile(r"\{\{(?:-(?=[ \t\r\n]))?")
_COMMENT = re.compile(r"\{\{(?:-[ \t\r\n])?/\*.*?\*/(?:[ \t\r\n]-)?\}\}", re.DOTALL)
_CLOSING = re.compile(r"(?:(?<=[ \t\r\n])-)?\}\}")
_WORD = re.compile(r"[^\W\d]\w*")
_OPERATOR = re.compile(r":=|=|\||,")
_LINE_END = re.compile(r"[\r\n]|\Z")
_CONSTANTS = ("true", "false", "nil")


class Token(Frozen):
    """A token: what it is, and its half-open range of offsets."""

    kind: Kind
    start: int
    end: int


def go_tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a template, those of literal text excepted; linear in its length."""
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        comment = _COMMENT.match(text, opening.start())
        if comment is not None:
            yield Token("comment", *comment.span())
            at = comment.end()
            continue
        yield Token("mark", *opening.span())
        tokens, at, closed = _action(text, opening.end())
        line = _LINE_END.search(text, opening.end())
        end = line.start() if line is not None and not closed else at
        yield from (token for token in tokens if token.end <= end)


def _action(text: str, at: int) -> tuple[list[Token], int, bool]:
    """Return the tokens of an action, where it ends, and whether it is closed there."""
    tokens: list[Token] = []
    while at < len(text):
        closing = _CLOSING.match(text, at)
        if closing is not None:
            tokens.append(Token("mark", *closing.span()))
            return tokens, closing.end(), True
        if text.startswith("{{", at):  # the action before never ended
            break
        token, at = _token(text, at)
        if token is not None:
            tokens.append(token)
    return tokens, at, False


def _token(text: str, at: int) -> tuple[Token | None, int]:
    """Return the token at a place, if there is one, and where to go on."""
    for kind, pattern in _patterns():
        match = pattern.match(text, at)
        if match is not None and match.end() > at:
            return Token(kind, *match.span()), match.end()
    word = _WORD.match(text, at)
    if word is not None:
        said = word[0]
        known: Kind | None = "keyword" if said in _KEYWORDS else "constant" if said in _CONSTANTS else None
        known = known or ("function" if said in FUNCTIONS else None)
        return Token(known, *word.span()) if known else None, word.end()
    operator = _OPERATOR.match(text, at)
    return (Token("operator", *operator.span()), operator.end()) if operator is not None else (None, at + 1)


@cache
def _patterns() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(terminal_pattern(name))) for kind, name in _TERMINALS)
