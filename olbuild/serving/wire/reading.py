"""JSON of a request as Go's decoder reads it (Ollama decodes with encoding/json): lenient where Go is.

What stands behind the first value is ignored, bytes that are not UTF-8 and halves of characters become U+FFFD, and of a
key that stands twice the last one counts.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import msgspec

from olbuild.core.errors import UsageError
from olbuild.serving.wire.bounds import require_few_values

_DEEPEST = 500  # more than a JSON Schema ever is, and far from the interpreter's own limit
_LONGEST_NUMBER = 4000  # Python refuses to read longer ones, with an error of its own
_BLANK = re.compile(r"[ \t\r\n]*")


def read_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the first JSON value of a body.

    Raises:
        UsageError: if there is none, or it is malformed, too deep or too much; the text is that of Go's decoder.
    """
    require_few_values(body)
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _lenient(body.decode("utf-8", "replace"))
    _check(value)
    return value


def _lenient(text: str) -> Any:  # noqa: ANN401 - any JSON value
    start = _start(text)
    if start == len(text):
        raise UsageError("unexpected EOF")
    try:
        value, _ = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        if error.pos >= len(text) or error.msg.startswith("Unterminated"):
            raise UsageError("unexpected EOF") from None
        where = "looking for beginning of value" if error.pos == start else "in the JSON of the request"
        raise UsageError(f"invalid character '{text[error.pos]}' {where}") from None
    except RecursionError:
        raise UsageError("exceeded max depth") from None
    return _whole(value)


def _start(text: str) -> int:
    blank = _BLANK.match(text)
    return blank.end() if blank else 0


def _refuse(name: str) -> NoReturn:
    raise UsageError(f"invalid character '{name[0]}' looking for beginning of value")


def _integer(text: str) -> int | float:
    return int(text) if len(text) < _LONGEST_NUMBER else float("inf") * (-1 if text[0] == "-" else 1)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=_integer)


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value whose texts are Unicode: each half of a character becomes U+FFFD."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {_whole(key): _whole(item) for key, item in value.items()}
        case _:
            return value


def _check(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Refuse a value that is deeper than anything that walks it can follow."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            item
            for each in level
            if isinstance(each, list | dict)
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, list | dict)
        ]
        if not level:
            return
    raise UsageError("exceeded max depth")
