"""Keys of clients, from a file or from the environment.

A key is a long random text, so that one pass of SHA-256 keeps it safe in the file (a password would need more)::

    [[key]]
    name = "team-a"
    sha256 = "9f86d0…"            # printf %s KEY | sha256sum; or the key itself, as key = "…"
    requests_per_minute = 60      # these four can be left out
    parallel = 4
    priority = 1
    private_cache = true
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.records import Frozen

VARIABLE = "OLBUILD_API_KEYS"
_LARGEST_FILE = 1 << 20
_SHORTEST = 16  # characters of a key
_HIGHEST = 100  # priority
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_HOW = "make one with: openssl rand -hex 32"


class Key(Frozen, kw_only=True):
    """A key, and what whoever has it may take.

    Attributes:
        name: for logs and for fairness; never the key itself.
        digest: SHA-256 of the key, in hexadecimal digits.
        requests_per_minute, parallel: limits; ``None`` is without.
        priority: its requests go before those of a lower one; without, it is 0.
        private_cache: what is read for this key is not reused for another one, so that nobody learns by the time that
            an answer takes what others asked.
    """

    name: str
    digest: str
    requests_per_minute: int | None = None
    parallel: int | None = None
    priority: int = 0
    private_cache: bool = False


class _Entry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    key: str | None = None
    sha256: str | None = None
    requests_per_minute: int | None = None
    parallel: int | None = None
    priority: int = 0
    private_cache: bool = False


class _File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    key: list[_Entry] = []


def read_all_keys(environment: Mapping[str, str], file: Path | None) -> tuple[Key, ...]:
    """Read the keys of the environment, and those of a file, if there is one.

    Raises:
        NotFoundError: if the file cannot be read.
        UsageError: as the other two say, or if both have the same key or the same name.
    """
    named = read_environment(environment)
    if file is None:
        return named
    return _checked((*named, *read_keys(file)), f"{file}, with {VARIABLE}," if named else str(file))


def read_keys(file: Path) -> tuple[Key, ...]:
    """Read a file of keys.

    Raises:
        NotFoundError: if it cannot be read.
        UsageError: if it is malformed, has no key, or one that is no good.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST_FILE)
    except OSError as error:
        raise NotFoundError(f"{file} cannot be read: {error.strerror}") from None
    try:
        entries = msgspec.convert(tomllib.loads(data.decode()), _File).key
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{file} is no file of keys: {error}") from None
    return _checked((_key(entry, f"{file}: key {number}") for number, entry in enumerate(entries, 1)), str(file))


def read_environment(environment: Mapping[str, str]) -> tuple[Key, ...]:
    """Read ``OLBUILD_API_KEYS``: keys with commas between them, each with a name (``NAME=KEY``) or without.

    Raises:
        UsageError: if one is no good.
    """
    found = []
    for number, part in enumerate(filter(None, environment.get(VARIABLE, "").split(",")), 1):
        name, equals, key = part.strip().partition("=")
        entry = _Entry(name=name, key=key) if equals else _Entry(name=f"key-{number}", key=name)
        found.append(_key(entry, f"{VARIABLE}: key {number}"))
    return _checked(found, VARIABLE) if found else ()


def digest_of(key: bytes) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key).hexdigest()


def _key(entry: _Entry, where: str) -> Key:
    """Check a key; no message may have the key in it."""
    if not _NAME.fullmatch(entry.name):
        raise UsageError(f"{where} has no good name", hint="letters, digits, '.', '_' and '-', at most 64")
    if (entry.key is None) == (entry.sha256 is None):
        raise UsageError(f"{where} ({entry.name}) needs either key or sha256")
    if entry.key is not None and len(entry.key) < _SHORTEST:
        raise UsageError(f"{where} ({entry.name}) is shorter than {_SHORTEST} characters", hint=_HOW)
    digest = digest_of(entry.key.encode()) if entry.key is not None else (entry.sha256 or "").lower()
    if not _DIGEST.fullmatch(digest) or digest == digest_of(b""):
        raise UsageError(f"{where} ({entry.name}) has a sha256 that is none", hint="printf %s KEY | sha256sum")
    for name in ("requests_per_minute", "parallel"):
        limit: int | None = getattr(entry, name)
        if limit is not None and limit < 1:
            raise UsageError(f"{where} ({entry.name}): {name} must be at least 1")
    if abs(entry.priority) > _HIGHEST:
        raise UsageError(f"{where} ({entry.name}): priority must be from {-_HIGHEST} to {_HIGHEST}")
    return Key(
        name=entry.name,
        digest=digest,
        requests_per_minute=entry.requests_per_minute,
        parallel=entry.parallel,
        priority=entry.priority,
        private_cache=entry.private_cache,
    )


def _checked(keys: Iterable[Key], where: str) -> tuple[Key, ...]:
    found = tuple(keys)
    if not found:
        raise UsageError(f"{where} has no key", hint=_HOW)
    for kind, values in (("name", [key.name for key in found]), ("key", [key.digest for key in found])):
        if len(set(values)) != len(values):
            raise UsageError(f"{where} has the same {kind} twice")
    return found
