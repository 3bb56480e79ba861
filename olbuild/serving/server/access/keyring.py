"""The keys that count now; they can be replaced while the server runs."""

from __future__ import annotations

from collections.abc import Iterable

from olbuild.serving.server.access.allowance import Allowance
from olbuild.serving.server.access.keys import Key, digest_of


class Keyring:
    """Keys, each with what it may still ask."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """Begin with some keys, which nobody has used yet."""
        self._known: dict[str, tuple[Key, Allowance]] = {}
        self.replace(keys)

    def replace(self, keys: Iterable[Key]) -> None:
        """Let other keys count from now on. One that stays as it was goes on with what it has left."""
        before = dict(self._known.values())
        self._known = {
            key.digest: (key, before.get(key) or Allowance(key.requests_per_minute, key.parallel)) for key in keys
        }

    def find(self, given: bytes) -> tuple[Key, Allowance] | None:
        """Return the key that somebody gave, if it is one; looked up by its digest, so that time tells nothing."""
        return self._known.get(digest_of(given))
