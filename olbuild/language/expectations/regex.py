"""Regular expressions of RE2 (github.com/google/re2/wiki/Syntax), whose time is linear in the text."""

from __future__ import annotations

LONGEST_REGEX = 4096
"""Characters of the longest expression."""

_MEMORY = 2 << 20  # bytes of a compiled expression: repetition makes large ones of short texts, and those are slow


def validate_regex(text: str) -> None:
    """Check a regular expression.

    Raises:
        ValueError: if RE2 does not take it, with the reason.
    """
    Regex(text)


class Regex:
    """A regular expression.

    Args:
        text: the expression, in the syntax of RE2: no look-around and no back-references.

    Raises:
        ValueError: if it is none, too long, or becomes too large.
    """

    def __init__(self, text: str) -> None:
        """Compile it."""
        import re2  # noqa: PLC0415 - a native library, for few models

        if len(text) > LONGEST_REGEX:
            raise ValueError(f"it has {len(text)} characters, and at most {LONGEST_REGEX} are allowed")
        options = re2.Options()
        options.log_errors = False  # they would go to standard error
        options.never_capture = True
        options.max_mem = _MEMORY
        self.text = text
        try:
            self._compiled = re2.compile(text.encode(), options)
        except UnicodeEncodeError:
            raise ValueError("it is not valid Unicode") from None
        except re2.error as error:
            raise ValueError(_reason(error)) from None

    def is_in(self, text: str) -> bool:
        """Whether it matches anywhere in a text."""
        return self._compiled.search(text.encode("utf-8", "replace")) is not None


def _reason(error: Exception) -> str:
    """Return what RE2 says, which is bytes."""
    said = error.args[0] if error.args else b""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
