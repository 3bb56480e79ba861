"""The stable codes of findings about a Modelfile. ``docs/errors.md`` explains each with an example that is run."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """OLB101 to OLB119 are errors, OLB121 to OLB139 warnings. A code never changes its meaning and is never reused."""

    UNKNOWN_INSTRUCTION = "OLB101"
    UNKNOWN_PARAMETER = "OLB102"
    MISSING_VALUE = "OLB103"
    UNCLOSED_QUOTE = "OLB104"
    UNKNOWN_ROLE = "OLB105"
    EXTRA_BLANK = "OLB106"
    MALFORMED_NAME = "OLB107"
    NO_FROM = "OLB108"
    BAD_PARAMETER_VALUE = "OLB109"
    BAD_VERSION = "OLB110"
    INVISIBLE_CHARACTER = "OLB111"
    STRAY_TEXT = "OLB112"
    MISSING_PATH = "OLB113"
    UNKNOWN_USER = "OLB114"
    UNREADABLE_PATH = "OLB115"
    DRAFT_IS_FROM = "OLB116"

    DEPRECATED_PARAMETER = "OLB121"
    SWALLOWED_INSTRUCTION = "OLB122"
    TRAILING_COMMENT = "OLB123"
    DROPPED_CHARACTER = "OLB124"
    INSTRUCTION_AS_PARAMETER = "OLB125"
    UNCHECKED_ROLE = "OLB126"
