"""What the server and its analyst say to each other: jobs and answers, one after the other, each as MessagePack."""

from __future__ import annotations

import struct
from typing import Literal

import msgspec

Task = Literal["check", "format", "mend"]
Severity = Literal["error", "warning", "note"]
LENGTH = struct.Struct("<Q")
"""Stands before each message."""


class Edit(msgspec.Struct, frozen=True, array_like=True):
    """Replace ``[start, end)`` of the text by another one."""

    start: int
    end: int
    text: str


class Mend(msgspec.Struct, frozen=True, array_like=True):
    """Edits that belong together, and what they do."""

    title: str
    edits: tuple[Edit, ...]


class Elsewhere(msgspec.Struct, frozen=True, array_like=True):
    """A place in another file: where a finding is that an INCLUDE or a flag brought in. Counted from 0."""

    path: str
    line: int
    character: int


class Found(msgspec.Struct, frozen=True, array_like=True):
    """A finding. Offsets count characters of the text that was sent; those of ``elsewhere`` are in another file."""

    code: str
    name: str
    severity: Severity
    message: str
    hint: str | None
    start: int
    end: int
    ignorable: bool
    mend: Mend | None = None
    elsewhere: Elsewhere | None = None


class Job(msgspec.Struct, frozen=True):
    """What is to be done with a text: find what is wrong, write it in its one form, or mend all that can be mended."""

    task: Task
    text: str
    name: str
    folder: str
    dialect: Literal["olbuild", "ollama"]


class Answer(msgspec.Struct, frozen=True):
    """Findings of ``check``, or the new text of the others; ``None`` if there is none, as for a text with errors."""

    found: tuple[Found, ...] = ()
    text: str | None = None
    problem: str | None = None
