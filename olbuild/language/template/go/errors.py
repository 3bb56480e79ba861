"""Why the execution of a template stops. The evaluator adds the place."""

from __future__ import annotations

from olbuild.core.text import Span

LARGEST_TEXT = 1 << 24
"""The longest text, in characters, that one function may make."""


class GoError(Exception):
    """A template asks for something that Go refuses, such as the length of a number.

    ``span`` is where it asks for it, once that is known.
    """

    span: Span | None = None


class TooMuch(GoError):
    """A template spends more than it may: steps, output, or depth."""
