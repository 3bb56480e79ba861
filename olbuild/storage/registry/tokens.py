"""Bearer tokens and their scopes (distribution, ``docs/spec/auth/token.md`` and ``oauth.md``)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from olbuild.core.content import decode_json
from olbuild.core.errors import FormatError

Scopes: TypeAlias = frozenset[str]
"""Single permissions, each ``type:name:action``, such as ``repository:me/assistant:push``."""

DEFAULT_LIFE = 60.0
"""Seconds that a token lives when the server does not say."""

_MARGIN = 10.0  # seconds before the end in which a token is not used any more: the request itself takes time
_LONGEST_LIFE = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token. ``expires`` is on the clock of whoever keeps it."""

    value: str = field(repr=False)
    expires: float


def repository_scopes(repository: str, *actions: str) -> Scopes:
    """Return the scopes for actions (``pull``, ``push``) on a repository."""
    return frozenset(f"repository:{repository}:{action}" for action in actions)


def parse_scopes(text: str) -> Scopes:
    """Read the ``scope`` of a challenge: ``repository:a/b:pull,push repository:c:pull``."""
    scopes: set[str] = set()
    for item in text.split():
        resource, colon, actions = item.rpartition(":")
        if colon and resource:
            scopes.update(f"{resource}:{action}" for action in actions.split(",") if action)
    return frozenset(scopes)


def scope_parameters(scopes: Scopes) -> list[str]:
    """Write scopes as the token server wants them: one text for each resource, in one order."""
    resources: dict[str, list[str]] = {}
    for scope in sorted(scopes):
        resource, _, action = scope.rpartition(":")
        resources.setdefault(resource, []).append(action)
    return [f"{resource}:{','.join(actions)}" for resource, actions in resources.items()]


def parse_token(data: bytes, now: float, where: str) -> Token:
    """Read the answer of a token server; ``now`` is when it was asked.

    Raises:
        FormatError: if it holds no token.
    """
    document = decode_json(data, where)
    if not isinstance(document, dict):
        raise FormatError(f"{where} is not a JSON object")
    value = document.get("token") or document.get("access_token")
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise FormatError(f"{where} holds no token")
    life = document.get("expires_in")
    if not isinstance(life, int | float) or isinstance(life, bool) or life <= 0:
        life = DEFAULT_LIFE
    return Token(value=value, expires=now + float(min(life, _LONGEST_LIFE)))


class TokenCache:
    """Tokens by host and scopes. A token with more scopes than are needed serves as well. Safe for threads."""

    def __init__(self) -> None:
        """Begin empty."""
        self._tokens: dict[tuple[str, Scopes], Token] = {}
        self._lock = threading.Lock()

    def find(self, host: str, scopes: Iterable[str], now: float) -> Token | None:
        """Return a token for a host that covers the scopes and still lives for a moment."""
        needed = frozenset(scopes)
        with self._lock:
            candidates = [
                token
                for (owner, covered), token in self._tokens.items()
                if owner == host and needed <= covered and token.expires - _MARGIN > now
            ]
        return max(candidates, key=lambda token: token.expires, default=None)

    def keep(self, host: str, scopes: Scopes, token: Token) -> None:
        """Remember a token."""
        with self._lock:
            self._tokens[host, scopes] = token

    def drop(self, host: str, value: str) -> None:
        """Forget a token that was refused."""
        with self._lock:
            for key in [key for key, token in self._tokens.items() if key[0] == host and token.value == value]:
                del self._tokens[key]
