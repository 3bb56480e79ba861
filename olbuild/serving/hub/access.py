"""Who may use the registry: everybody, or the users of an ``htpasswd`` file, by Basic authentication (RFC 7617)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path
from threading import Semaphore

import bcrypt

from olbuild.core.errors import NotFoundError, UsageError
from olbuild.serving.hub.errors import Problem
from olbuild.serving.hub.http import Request

_BCRYPT = (b"$2y$", b"$2b$", b"$2a$")
_LARGEST_FILE = 1 << 20
_LONGEST_PASSWORD = 72  # bcrypt reads no more bytes
_MOST_REMEMBERED = 1024
_AT_ONCE = 2  # each check is meant to take long


class Access:
    """Lets everybody in if there are no users.

    bcrypt is slow on purpose, and a client sends its password with each request; so who was let in is remembered, by a
    keyed hash that is worth nothing outside this process.
    """

    def __init__(self, users: dict[bytes, bytes] | None = None) -> None:
        """Use the bcrypt hashes of some users."""
        self._users = users
        self._key = os.urandom(32)
        self._known: set[bytes] = set()
        self._checking = Semaphore(_AT_ONCE)
        self._nobody = bcrypt.hashpw(self._key[:16].hex().encode(), bcrypt.gensalt(10)) if users is not None else b""

    @classmethod
    def read(cls, file: Path) -> Access:
        """Read an ``htpasswd`` file.

        Raises:
            NotFoundError: if it is not there.
            UsageError: if a line is none, or of another kind than bcrypt.
        """
        try:
            with file.open("rb") as stream:
                data = stream.read(_LARGEST_FILE)
        except OSError as error:
            raise NotFoundError(f"{file} cannot be read: {error.strerror}") from None
        users: dict[bytes, bytes] = {}
        for number, line in enumerate(data.splitlines(), 1):
            user, colon, hashed = line.strip().partition(b":")
            if not user or user.startswith(b"#"):
                continue
            if not colon or not hashed.startswith(_BCRYPT):
                raise UsageError(
                    f"{file}:{number} is no user with a bcrypt password", hint="make it with: htpasswd -B FILE USER"
                )
            users[user] = hashed
        if not users:
            raise UsageError(f"{file} has no user", hint="make one with: htpasswd -B -c FILE USER")
        return cls(users)

    @property
    def open(self) -> bool:
        """Whether everybody may use the registry."""
        return self._users is None

    def require(self, request: Request) -> None:
        """Check who asks.

        Raises:
            Problem: if that is nobody who may.
        """
        if self._users is not None and not self._allows(self._users, request.headers.get("authorization", "")):
            headers = {"WWW-Authenticate": 'Basic realm="olbuild", charset="UTF-8"'}
            raise Problem(401, "UNAUTHORIZED", "log in first", headers)

    def _allows(self, users: dict[bytes, bytes], header: str) -> bool:
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except ValueError:  # no base64, or not even ASCII
            return False
        mark = hmac.digest(self._key, given, hashlib.sha256)
        if mark in self._known:
            return True
        user, _, password = given.partition(b":")
        if len(password) > _LONGEST_PASSWORD or b"\x00" in password:
            return False
        with self._checking:
            # An unknown user takes as long as a known one.
            if not bcrypt.checkpw(password, users.get(user, self._nobody)) or user not in users:
                return False
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known.add(mark)
        return True
