"""TLS for what listens."""

from __future__ import annotations

import ssl
from pathlib import Path

from olbuild.core.errors import UsageError


def server_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return what a server needs to speak TLS with a certificate (with its chain) and its key, both PEM.

    Without either of them it speaks none.

    Raises:
        UsageError: if one is missing, or they are no certificate with its key.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise UsageError("--tls-cert and --tls-key go together")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{certificate} and {key} are no certificate with its key: {reason}") from None
    return context


def _no_password() -> str:
    """Answer in place of OpenSSL, which would ask the terminal."""
    raise ValueError("the key is locked with a password")
