"""How a value is written. What is between its quotes is never changed, only which quotes stand around it."""

from __future__ import annotations

import re

from olbuild.language.modelfile.nodes import Quote, Value

_WORD = re.compile(r"(?!--)[A-Za-z0-9._~/@:+%,=-]+")
_NEWLINE = re.compile(r"[\r\n]")
# As in grammar/modelfile.lark: the first quote at the end of a line closes.
_TRIPLE = re.compile(r'"""(?:[^"]++|"(?!""[ \t]*+(?:[\r\n]|\Z)))*+"""')
_QUOTED = re.compile(r'"(?!"")(?:[^"]++|"(?![ \t]*+(?:[\r\n]|\Z)))*+"')


def quoted(text: str, quote: Quote) -> str | None:
    """Return a value with quotes around it, or ``None`` if a parser would read something else.

    Without quotes only a plain word is written: it cannot be taken for a comment, a flag, or several words.
    """
    match quote:
        case "":
            return text if _WORD.fullmatch(text) else None
        case '"':
            return _whole(_QUOTED, f'"{text}"')
        case '"""':
            return _whole(_TRIPLE, f'"""{text}"""')


def write_value(value: Value, *, word: bool) -> str:
    """Return a closed value with the quotes that suit it.

    Args:
        value: what is to be written; nothing of it may have been dropped as unprintable.
        word: whether this instruction takes a word (a name, a path, a number), which needs no quotes.
    """
    if not value.text:
        return '""'
    for quote in _preferences(value, word=word):
        written = quoted(value.text, quote)
        if written is not None:
            return written
    return f"{value.quote}{value.text}{value.quote}"


def _preferences(value: Value, *, word: bool) -> tuple[Quote, ...]:
    """Return the quotes to try, the best one first; what stands there now is right whenever none of them fits."""
    if word and value.quote:
        return ("",)
    if not value.quote:
        return ()
    if '"' in (value.text[0], value.text[-1]):
        return ()  # three and four quotes in a row are for nobody to read
    if _NEWLINE.search(value.text) or '"' in value.text:
        return ('"""',)
    return ('"',)


def _whole(pattern: re.Pattern[str], written: str) -> str | None:
    return written if pattern.fullmatch(written) else None
