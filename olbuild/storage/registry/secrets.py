"""The kinds of credentials. Their secrets never show in ``repr``, and so never in a log or a traceback."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """A user and a password, or what stands in for one, such as an access token of GitHub."""

    username: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of ``Authorization`` (RFC 7617), in UTF-8."""
        return f"Basic {encode_basic(self.username, self.password)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityToken:
    """A refresh token (OAuth2), from which the token server makes access tokens."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryToken:
    """A bearer token that is sent as it is."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OllamaKey:
    """An Ed25519 key with which requests for tokens are signed: its private and its public half, 32 bytes each."""

    seed: bytes = field(repr=False)
    public: bytes


Credentials: TypeAlias = Password | IdentityToken | RegistryToken | OllamaKey


def encode_basic(username: str, password: str) -> str:
    """Encode as in ``auths`` of Docker's configuration."""
    return base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def decode_basic(text: str) -> Password | None:
    """Decode an ``auth`` of Docker's configuration; ``None`` if it is not one."""
    try:
        decoded = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    username, colon, password = decoded.partition(":")
    # Docker pads the password with NUL bytes in files of old versions.
    return Password(username=username, password=password.strip("\0")) if colon and username else None
