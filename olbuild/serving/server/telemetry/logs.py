"""The log of a server: lines for a person, or JSON for a collector, each with the name of its request."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal, TextIO, TypeAlias

from olbuild.serving.server.errors import clean
from olbuild.serving.server.identity import current_request

Format: TypeAlias = Literal["text", "json"]
ROOT = "olbuild"


class JsonFormatter(logging.Formatter):
    """A line of JSON for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what has no form in JSON is written as text."""
        document: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        request = current_request()
        if request:
            document["request_id"] = request
        document.update(getattr(record, "fields", {}))
        if record.exc_info:
            document["exception"] = clean(self.formatException(record.exc_info))
        return json.dumps(document, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A line for a person."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        request = current_request()
        said = _one_line(record.getMessage())
        text = f"{_time(record)} {record.levelname.lower()}: {said}{f' {request}' if request else ''}"
        return f"{text}\n{clean(self.formatException(record.exc_info))}" if record.exc_info else text


@contextmanager
def logging_to(stream: TextIO, form: Format, level: int = logging.INFO) -> Iterator[None]:
    """Let the log of this process go to a stream while the context lasts: olbuild's, and warnings of libraries."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root, own = logging.getLogger(), logging.getLogger(ROOT)
    before = own.level
    root.addHandler(handler)
    own.setLevel(level)
    try:
        yield
    finally:
        root.removeHandler(handler)
        own.setLevel(before)


def _one_line(text: str) -> str:
    """Return a text without what would begin a line or command a terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
