"""OCI references: ``[host/]repository[:tag][@digest]`` (distribution-spec, "Pulling manifests")."""

from __future__ import annotations

import re

from olbuild.core.errors import FormatError, UsageError
from olbuild.core.names.digest import Digest
from olbuild.core.records import Frozen, replace

DEFAULT_TAG = "latest"

_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?"
)
_LONGEST = 255  # host and repository together, as Docker's reference grammar has it


class Reference(Frozen, kw_only=True):
    """An OCI reference. ``host`` is ``None`` for a name that only the local store knows.

    ``tag`` is ``None`` only when a digest was given without a tag.
    """

    host: str | None
    repository: str
    tag: str | None = DEFAULT_TAG
    digest: Digest | None = None

    def __post_init__(self) -> None:
        """Refuse a bad shape.

        Raises:
            UsageError: if a part breaks the grammar, with the spelling that works where there is one.
        """
        if self.host is not None and not _HOST.fullmatch(self.host):
            raise UsageError(f"{self.host[:100]!r} is not a registry host")
        if not _REPOSITORY.fullmatch(self.repository):
            lower = self.repository.lower()
            raise UsageError(
                f"{self.repository[:100]!r} is not a repository name",
                hint=f"repository names are lower case: {lower}"
                if _REPOSITORY.fullmatch(lower)
                else "use lower-case letters, digits, and single '.', '_', '-' or '/' between them",
            )
        if len(self.repository) + len(self.host or "") > _LONGEST:
            raise UsageError(f"the name is longer than {_LONGEST} characters")
        if self.tag is not None and not _TAG.fullmatch(self.tag):
            raise UsageError(
                f"{self.tag[:100]!r} is not a tag",
                hint="a tag has up to 128 letters, digits, '_', '.', '-' and does not begin with '.' or '-'",
            )
        if self.tag is None and self.digest is None:
            raise UsageError("a reference needs a tag or a digest")

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Parse a reference strictly; no tag and no digest means ``latest``.

        The first segment is the host if it has ``.`` or ``:`` or is ``localhost``.

        Raises:
            UsageError: if the text is not a reference.
        """
        rest, at, digits = text.partition("@")
        digest = _digest(digits) if at else None
        slash, colon = rest.rfind("/"), rest.rfind(":")
        tag = rest[colon + 1 :] if colon > slash else None
        path = rest[:colon] if tag is not None else rest
        if tag is None and digest is None:
            tag = DEFAULT_TAG
        first, separator, remainder = path.partition("/")
        if separator and is_host(first):
            return cls(host=first, repository=remainder, tag=tag, digest=digest)
        return cls(host=None, repository=path, tag=tag, digest=digest)

    @property
    def name(self) -> str:
        """Host and repository, without tag and digest."""
        return f"{self.host}/{self.repository}" if self.host else self.repository

    def __str__(self) -> str:
        """Return the full name; it parses back to an equal reference."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"

    def pinned(self, digest: Digest) -> Reference:
        """Return the same reference with a digest."""
        return replace(self, digest=digest)


def is_host(segment: str) -> bool:
    """Whether the first segment of a name is a registry host."""
    return "." in segment or ":" in segment or segment == "localhost"


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except FormatError as error:
        raise UsageError(error.message, hint="a digest is sha256: and 64 hexadecimal digits") from error
