"""A proxy before a real registry that does wrong what networks and registries do wrong, as it is told, and counts.

``Fault`` is data: which request is struck, and how. ``Proxy`` carries requests on, strikes, and keeps an ``Exchange``
of each request, from which ``measures`` counts what was sent twice. ``cases`` names the situations that a client must
survive.
"""

from __future__ import annotations

from olbuild.testing.faults.data import (
    Announce,
    Answer,
    Break,
    BreakUpload,
    Drip,
    Fault,
    Flip,
    IgnoreRange,
    Longer,
    Redirect,
    Rewrite,
    Swallow,
)
from olbuild.testing.faults.measures import Exchange
from olbuild.testing.faults.proxy import Proxy

__all__ = [
    "Announce",
    "Answer",
    "Break",
    "BreakUpload",
    "Drip",
    "Exchange",
    "Fault",
    "Flip",
    "IgnoreRange",
    "Longer",
    "Proxy",
    "Redirect",
    "Rewrite",
    "Swallow",
]
