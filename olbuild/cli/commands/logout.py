"""``olbuild logout``."""

from __future__ import annotations

from olbuild.cli.options import Host
from olbuild.cli.session import Session


def logout(session: Session, host: Host) -> None:
    """Forget the credentials of a registry.

    Examples:
        olbuild logout ghcr.io
    """
    from olbuild.storage.registry.login import logout as log_out

    known = log_out(host, emit=session.emit)
    session.say(f"logged out of {host}" if known else f"there were no credentials for {host}")
