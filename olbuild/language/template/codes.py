"""The stable codes of findings about a chat template. ``docs/errors.md`` and ``docs/rules.md`` explain each."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """OLB150 to OLB159 are about Go, OLB190 to OLB199 about Jinja. A code never changes its meaning or is reused."""

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

    JINJA_SYNTAX = "OLB190"
    JINJA_UNSAFE = "OLB191"
    JINJA_TOO_MUCH = "OLB192"
    JINJA_UNKNOWN = "OLB193"
    JINJA_REFUSED = "OLB194"
    JINJA_UNDEFINED = "OLB195"


class NameCode(StrEnum):
    """OLB220 and OLB221 are errors about the names in RENDERER and PARSER, OLB225 is a warning; OLB226 was one."""

    UNKNOWN_RENDERER = "OLB220"
    UNKNOWN_PARSER = "OLB221"
    UNWRITTEN_RENDERER = "OLB225"
