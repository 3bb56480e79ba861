"""``docker-credential-*`` programs (docker-credential-helpers, "Development"): JSON and text over a pipe."""

from __future__ import annotations

import json
import re
import shutil

from olbuild.core.content import decode_json
from olbuild.core.errors import FormatError, RefusedError
from olbuild.core.events import Emit, Said, ignore
from olbuild.storage.registry.asking import Limits, SilentError, VerboseError, ask
from olbuild.storage.registry.secrets import Credentials, IdentityToken, Password
from olbuild.storage.registry.words import printable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_FOUND = "credentials not found in native keychain"
_IDENTITY_USER = "<token>"
_WITHOUT = "take credsStore or credHelpers out of Docker's configuration to do without it"
LIMITS = Limits()
"""A keychain may ask the user to unlock it, which takes its time."""


def get(helper: str, server: str, emit: Emit = ignore) -> Credentials | None:
    """Ask a helper for the credentials of a server; ``None`` if it has none.

    Raises:
        RefusedError: if the helper cannot be run, fails, or says something else than it should.
    """
    said = _run(helper, "get", server, emit)
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


def store(helper: str, server: str, credentials: Password, emit: Emit = ignore) -> None:
    """Give a helper credentials to keep.

    Raises:
        RefusedError: if it cannot.
    """
    document = {"ServerURL": server, "Username": credentials.username, "Secret": credentials.password}
    _run(helper, "store", json.dumps(document), emit)


def erase(helper: str, server: str, emit: Emit = ignore) -> None:
    """Let a helper forget a server. That it never knew it is not an error.

    Raises:
        RefusedError: if it cannot.
    """
    _run(helper, "erase", server, emit)


def _run(helper: str, action: str, text: str, emit: Emit) -> str | None:
    """Run a helper with ``text`` as its input; ``None`` if it says that there is nothing."""
    name = f"docker-credential-{helper}"
    program = shutil.which(name) if _NAME.fullmatch(helper) else None
    if program is None:
        raise RefusedError(
            f"{printable(name)}, which Docker's configuration names, is not on PATH",
            hint=f"install it, or {_WITHOUT}",
        )
    try:
        done = ask([program, action], text.encode(), LIMITS, lambda: emit(Said(text=f"waiting for {name}")))
    except SilentError:
        raise RefusedError(
            f"{name} did not answer within {LIMITS.patience:.0f} s", hint=f"does it wait to be unlocked? {_WITHOUT}"
        ) from None
    except VerboseError:
        raise RefusedError(
            f"{name} printed more than {LIMITS.most >> 10} KiB, which are no credentials", hint=_WITHOUT
        ) from None
    except OSError as error:
        raise RefusedError(f"{name} cannot be run: {error.strerror}", hint=_WITHOUT) from None
    said = done.output.decode("utf-8", "replace")
    if done.status == 0:
        return said
    # Helpers report errors on stdout, and secrets only when they succeed.
    complaint = printable(said) or printable(done.errors.decode("utf-8", "replace"))
    if _NOT_FOUND in complaint:
        return None
    raise RefusedError(f"{name} {action} failed: {complaint or f'exit status {done.status}'}")
