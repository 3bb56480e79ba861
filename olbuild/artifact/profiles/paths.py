"""Paths that stand in artifacts: relative, below the folder they are unpacked to, and each one once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from olbuild.core.errors import FormatError

_LONGEST_PATH = 4096
_LONGEST_NAME = 255
_DRIVE = re.compile(r"[A-Za-z]:")


def check_path(path: str, where: str) -> str:
    """Return a path from an artifact if it is safe to unpack to; ``where`` names its place in errors.

    Raises:
        FormatError: if it is empty, absolute, leaves its folder, is too long, or has characters that hide what it is.
    """
    shown = ascii(path[:100])
    if not path or len(path) > _LONGEST_PATH:
        raise FormatError(f"{where} is empty or longer than {_LONGEST_PATH} characters")
    if path.startswith("/") or "\\" in path or _DRIVE.match(path):
        raise FormatError(f"{where} is {shown}, which is not a relative path with forward slashes")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in path):
        raise FormatError(f"{where} is {shown}, which has control characters")
    for segment in path.split("/"):
        if segment in {"", ".", ".."} or len(segment.encode("utf-8")) > _LONGEST_NAME:
            raise FormatError(f"{where} is {shown}, which leaves its folder or has a part that is no file name")
    return path


def check_unique(paths: Iterable[str], where: str) -> None:
    """Check that no two paths are one file on a file system that ignores case or normalises Unicode.

    Raises:
        FormatError: if two are.
    """
    seen: dict[str, str] = {}
    for path in paths:
        key = unicodedata.normalize("NFC", path).casefold()
        if key in seen:
            raise FormatError(f"{where} has two layers for one file: {seen[key][:100]!a} and {path[:100]!a}")
        seen[key] = path
