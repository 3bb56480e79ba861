"""The stable codes of findings about a Go template. ``docs/errors.md`` explains each."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """OLB150 to OLB159. A code never changes its meaning and is never reused."""

    SYNTAX = "OLB150"
    UNCLOSED = "OLB151"
    UNKNOWN_FUNCTION = "OLB152"
    UNDEFINED_VARIABLE = "OLB153"
    BAD_LITERAL = "OLB154"
    MISPLACED = "OLB155"
    BAD_DEFINITION = "OLB156"
    TOO_DEEP = "OLB157"
    EXECUTION = "OLB158"
    TOO_MUCH = "OLB159"


class NameCode(StrEnum):
    """OLB220 and OLB221 are errors about the names in RENDERER and PARSER, OLB225 and OLB226 warnings."""

    UNKNOWN_RENDERER = "OLB220"
    UNKNOWN_PARSER = "OLB221"
    UNWRITTEN_RENDERER = "OLB225"
    UNWRITTEN_PARSER = "OLB226"
