"""``docker-credential-*`` programs (docker-credential-helpers, "Development"): JSON and text over a pipe."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

from olbuild.core.content import decode_json
from olbuild.core.errors import FormatError, RefusedError
from olbuild.storage.registry.secrets import Credentials, IdentityToken, Password
from olbuild.storage.registry.words import printable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_FOUND = "credentials not found in native keychain"
_IDENTITY_USER = "<token>"
_PATIENCE = 120.0  # seconds; a keychain may ask the user to unlock it


def get(helper: str, server: str) -> Credentials | None:
    """Ask a helper for the credentials of a server; ``None`` if it has none.

    Raises:
        RefusedError: if the helper cannot be run, fails, or says something else than it should.
    """
    said = _run(helper, "get", server)
    if said is None:
        return None
    try:
        document = decode_json(said.encode(), f"what docker-credential-{helper} printed")
    except FormatError as error:
        raise RefusedError(error.message) from None
    username = document.get("Username") if isinstance(document, dict) else None
    secret = document.get("Secret") if isinstance(document, dict) else None
    if not isinstance(username, str) or not isinstance(secret, str):
        raise RefusedError(f"docker-credential-{helper} printed no Username and Secret for {server}")
    if not secret:
        return None
    return IdentityToken(token=secret) if username == _IDENTITY_USER else Password(username=username, password=secret)


def store(helper: str, server: str, credentials: Password) -> None:
    """Give a helper credentials to keep.

    Raises:
        RefusedError: if it cannot.
    """
    document = {"ServerURL": server, "Username": credentials.username, "Secret": credentials.password}
    _run(helper, "store", json.dumps(document))


def erase(helper: str, server: str) -> None:
    """Let a helper forget a server. That it never knew it is not an error.

    Raises:
        RefusedError: if it cannot.
    """
    _run(helper, "erase", server)


def _run(helper: str, action: str, text: str) -> str | None:
    """Run a helper with ``text`` as its input; ``None`` if it says that there is nothing."""
    name = f"docker-credential-{helper}"
    program = shutil.which(name) if _NAME.fullmatch(helper) else None
    if program is None:
        raise RefusedError(
            f"{printable(name)}, which Docker's configuration names, is not on PATH",
            hint="install it, or take credsStore or credHelpers out of the configuration",
        )
    try:
        done = subprocess.run(
            [program, action], input=text.encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise RefusedError(f"{name} did not answer within {_PATIENCE:.0f} s") from None
    except OSError as error:
        raise RefusedError(f"{name} cannot be run: {error.strerror}") from None
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode == 0:
        return said
    # Helpers report errors on stdout, and secrets only when they succeed.
    complaint = printable(said) or printable(done.stderr.decode("utf-8", "replace"))
    if _NOT_FOUND in complaint:
        return None
    raise RefusedError(f"{name} {action} failed: {complaint or f'exit status {done.returncode}'}")
