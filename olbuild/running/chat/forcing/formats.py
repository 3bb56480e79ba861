"""What the formats of JSON Schema are, as expressions: some of what RFC 3339, 5321, 3986 and others allow. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_DATE = (
    "[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+\-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,9}}"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_GROUP = "[0-9a-fA-F]{1,4}"

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "date": _DATE,
        "time": _TIME,
        "date-time": f"{_DATE}T{_TIME}",
        "duration": "P(?:[0-9]{1,9}D(?:T[0-9]{1,9}H)?|[0-9]{1,9}W|T(?:[0-9]{1,9}H)?[0-9]{1,9}M|T[0-9]{1,9}[HS])",
        "email": rf"[a-zA-Z0-9_+\-]{{1,30}}(?:\.[a-zA-Z0-9_+\-]{{1,30}}){{0,3}}@{_HOST}",
        "hostname": _HOST,
        "ipv4": rf"(?:{_BYTE}\.){{3}}{_BYTE}",
        "ipv6": f"(?:{_GROUP}:){{7}}{_GROUP}|(?:{_GROUP}:){{1,6}}:{_GROUP}|::{_GROUP}|::",
        "uuid": "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "uri": rf"[a-zA-Z][a-zA-Z0-9+.\-]{{0,20}}:\/\/{_HOST}(?::[0-9]{{1,5}})?"
        r"(?:\/(?:[a-zA-Z0-9_.~!$&'()*+,;=:@\-]|%[0-9a-fA-F]{2})*)*"
        r"(?:\?(?:[a-zA-Z0-9_.~!$&'()*+,;=:@\/\-]|%[0-9a-fA-F]{2})*)?"
        r"(?:\x23(?:[a-zA-Z0-9_.~!$&'()*+,;=:@\/\-]|%[0-9a-fA-F]{2})*)?",
    }
)
"""By the names that ``constraints.keywords`` has."""
