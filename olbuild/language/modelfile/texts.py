"""What the files behind INCLUDE and ``--file`` are read as. Pure: somebody else reads them."""

from __future__ import annotations

import codecs
import json
import posixpath
from typing import Protocol

from olbuild.core.records import replace
from olbuild.core.text import Diagnostic, Source, Span
from olbuild.language.expectations import validate_schema
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import ROLES
from olbuild.language.modelfile.hints import shorten
from olbuild.language.modelfile.instructions import Message


class Reader(Protocol):
    """Reads files beside a Modelfile."""

    def read(self, path: str) -> bytes:
        """Return what a file holds. ``path`` is clean and relative to the Modelfile's folder, which it does not leave.

        Raises:
            OSError: if it cannot be read, is no file, or leads out of the folder through a link.
        """
        ...


def inner_path(folder: str, text: str) -> str | None:
    """Return a path relative to the Modelfile's folder; ``None`` if it leaves that.

    Args:
        folder: where the path begins, relative to the Modelfile's folder, with a ``/`` at its end.
        text: the path as it was written.
    """
    path = posixpath.normpath(folder + text)
    outside = text.startswith(("/", "~")) or path.startswith("../") or path in {".", ".."} or "\0" in text
    return None if outside else path


def decode_text(data: bytes) -> str:
    """Return the text of a file byte for byte; a byte order mark is none of it.

    Raises:
        UnicodeDecodeError: if it is not UTF-8.
    """
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")


def read_messages(source: Source, origin: Message) -> tuple[list[Message], list[Diagnostic]]:
    """Read JSON Lines: an object with ``role`` and ``content`` on each line that is not blank."""
    messages: list[Message] = []
    problems: list[Diagnostic] = []
    for number, start in enumerate(source.line_starts(), 1):
        line = source.line(number)
        if not line.strip():
            continue
        span = Span(source, start, start + len(line))
        flaw = _flaw(line)
        if flaw is not None:
            hint = 'write {"role": "user", "content": "…"}; the roles are ' + ", ".join(ROLES)
            problems.append(Diagnostic(code=Code.BAD_MESSAGES, message=flaw, span=span, hint=hint))
            continue
        message = json.loads(line)
        messages.append(replace(origin, role=message["role"], content=message["content"]))
    return messages, problems


def schema_flaw(text: str) -> tuple[str, int] | None:
    """Return what keeps a text from being a JSON Schema, and the offset of the place."""
    try:
        validate_schema(json.loads(text))
    except json.JSONDecodeError as error:
        return f"this is no JSON: {error.msg}", min(error.pos, max(len(text) - 1, 0))
    except RecursionError:
        return "this is no schema: it is nested too deeply", 0
    except ValueError as error:
        return f"this is no schema: {error}", 0
    return None


def _flaw(line: str) -> str | None:
    """Return what keeps a line from being a message."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"this line is no JSON: {error.msg if isinstance(error, json.JSONDecodeError) else 'it is too deep'}"
    if not isinstance(message, dict) or not message.keys() >= {"role", "content"}:
        return "this line is no message: an object with role and content"
    unknown = sorted(message.keys() - {"role", "content"})
    if unknown:
        return f"a message has role and content, and not {shorten(unknown[0])}"
    if message["role"] not in ROLES:
        return f"unknown role {shorten(str(message['role']))}"
    content = message["content"]
    if not isinstance(content, str) or not _is_text(content):
        return "the content of a message is a text"
    return None


def _is_text(content: str) -> bool:
    """Whether a text is whole: JSON can write half of a character."""
    try:
        content.encode()
    except UnicodeEncodeError:
        return False
    return True
