"""The parts of a model that can be taken away again."""

from __future__ import annotations

from typing import Literal

Part = Literal[
    "PARAMETER",
    "SYSTEM",
    "TEMPLATE",
    "ADAPTER",
    "DRAFT",
    "MESSAGE",
    "LICENSE",
    "RENDERER",
    "PARSER",
    "REQUIRES",
    "LABEL",
    "TEST",
]
"""What UNSET can take away: the instruction that sets it."""
