"""Which part of a template made which characters of a prompt."""

from __future__ import annotations

from olbuild.core.records import Frozen

TEXT = "text"
"""The kind of what stands in a template as it is."""


class Part(Frozen):
    """Some characters of a prompt, and what made them: a place in a template, from 1, and what stands there.

    ``column`` is 0 where only the line is known, and ``line`` too where there is no template.
    """

    text: str
    line: int
    column: int
    kind: str
