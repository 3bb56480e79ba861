"""Text from a registry, on its way to a terminal or into the next request."""

from __future__ import annotations

import re
import string
from urllib.parse import quote

_LONGEST = 300
_DIGITS = re.compile("[0-9]{1,19}")  # what fits in 64 bits; Python refuses to read some thousands of them
_USER = re.compile("//[^/]*@")


def printable(text: str) -> str:
    """Make foreign text fit for one line of a terminal."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def decimal(text: str) -> int | None:
    """Read a number of bytes from a header; ``None`` for what is none, or is larger than any file."""
    return int(text) if _DIGITS.fullmatch(text) else None


def escaped(address: str) -> str:
    """Percent-encode what may not stand in an address (RFC 3986, section 2), as browsers do for a ``Location``.

    Args:
        address: as a header has it: its characters are bytes.

    Raises:
        ValueError: if it did not come from a header.
    """
    return quote(address.encode("latin-1"), safe=string.punctuation)


def without_user(text: str) -> str:
    """Take user and password out of the addresses in a text."""
    return _USER.sub("//", text)


def shown_address(url: str) -> str:
    """Return an address for a message, without the parts that may be secret: user, query and fragment."""
    return printable(without_user(re.split("[?#]", url, maxsplit=1)[0]))
