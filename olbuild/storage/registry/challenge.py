"""``WWW-Authenticate``: several challenges in one header, each with parameters (RFC 9110, section 11.6.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import field

from olbuild.core.records import Frozen

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME = re.compile(rf"\s*(?:,\s*)*({_WORD})(?=\s|,|$)")
_PARAMETER = re.compile(rf'\s*(?:,\s*)*({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))(?=\s*(?:,|$)|\s)')
_TOKEN68 = re.compile(r"\s+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))")
_ESCAPE = re.compile(r"\\(.)")
_LONGEST = 16 << 10  # a header beyond this is an attack on the parser


class Challenge(Frozen, kw_only=True):
    """A scheme in lower case, and its parameters with names in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Split a header into its challenges, in their order. Text that follows no rule ends the list.

    Commas separate parameters as well as challenges and may stand inside quotes, as in
    ``Bearer realm="https://a/token",scope="repository:x:pull,push", Basic realm="a"``.
    """
    header = header[:_LONGEST]
    challenges: list[Challenge] = []
    position = 0
    while scheme := _SCHEME.match(header, position):
        position = scheme.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position):
            name, quoted, plain = parameter.groups()
            parameters.setdefault(name.lower(), plain if quoted is None else _ESCAPE.sub(r"\1", quoted))
            position = parameter.end()
        if not parameters and (opaque := _TOKEN68.match(header, position)):
            position = opaque.end()
        challenges.append(Challenge(scheme=scheme[1].lower(), parameters=parameters))
    return tuple(challenges)
