"""Which names a registry on loopback answers to.

A web page can tell a browser that its own name means 127.0.0.1 (DNS rebinding), and then reads and deletes what is
there for whoever looks at it. Such a name has a dot and is none of this machine's. Where there are users, the page
cannot log in.
"""

from __future__ import annotations

from ipaddress import ip_address

from olbuild.serving.hub.errors import denied
from olbuild.serving.hub.http import Request

_LOCAL = ("localhost", "local", "internal")


def require_local(request: Request) -> None:
    """Check that a request is for this machine, by an address, a name without a dot, or a local one.

    Raises:
        Problem: if it is for another name.
    """
    if not is_local(request.headers.get("host", "")):
        raise denied("this registry answers to the names of its own machine only; --htpasswd or --listen changes that")


def is_local(host: str) -> bool:
    """Whether the header ``Host`` names this machine."""
    name = host.strip().lower().rpartition("]")[0].removeprefix("[") or host.strip().lower().partition(":")[0]
    try:
        ip_address(name)
    except ValueError:
        return "." not in name or name.rstrip(".").rpartition(".")[2] in _LOCAL
    return True
