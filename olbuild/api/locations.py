"""Where an artifact is: the store, a registry, a layout (``oci:DIR[:NAME]``) or an ``oci-archive:FILE[:NAME]``."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from olbuild.core.errors import UsageError
from olbuild.core.names import ARCHIVE_SCHEME, LAYOUT_SCHEME, Reference, local_name
from olbuild.core.names.reference import is_host
from olbuild.core.records import Frozen


class LayoutLocation(Frozen, kw_only=True):
    """A name in an OCI image layout on disk. ``name`` is ``None`` when the layout is to say it."""

    path: Path
    name: str | None

    def __str__(self) -> str:
        """Return the form it is written in."""
        return f"{LAYOUT_SCHEME}{self.path}{':' + self.name if self.name else ''}"


class ArchiveLocation(Frozen, kw_only=True):
    """A name in an OCI archive on disk. ``name`` is ``None`` when the archive is to say it."""

    path: Path
    name: str | None

    def __str__(self) -> str:
        """Return the form it is written in."""
        return f"{ARCHIVE_SCHEME}{self.path}{':' + self.name if self.name else ''}"


class RegistryLocation(Frozen, kw_only=True):
    """A reference with a host."""

    reference: Reference

    def __str__(self) -> str:
        """Return the reference."""
        return str(self.reference)


class LocalLocation(Frozen, kw_only=True):
    """A name without a host: only the store can know it. Kept as the store keeps it."""

    name: str

    def __str__(self) -> str:
        """Return the name."""
        return self.name


Location: TypeAlias = LayoutLocation | ArchiveLocation | RegistryLocation | LocalLocation


def parse_location(text: str) -> Location:
    """Read where an artifact is.

    ``oci:DIR[:NAME]`` and ``oci-archive:FILE[:NAME]`` follow skopeo's spelling: the path ends at the first colon behind
    the scheme, and the name is whatever the index there calls it.

    Raises:
        UsageError: if the text is none of the four.
    """
    if text.startswith(LAYOUT_SCHEME):
        path, name = _path_and_name(text, LAYOUT_SCHEME, "DIR")
        return LayoutLocation(path=path, name=name)
    if text.startswith(ARCHIVE_SCHEME):
        path, name = _path_and_name(text, ARCHIVE_SCHEME, "FILE")
        return ArchiveLocation(path=path, name=name)
    if "://" in text:
        raise UsageError(
            f"{text} is a URL, and a registry is named without a scheme",
            hint=f"write {text.partition('://')[2]}; --plain-http speaks to it without TLS",
        )
    first, separator, _ = text.partition("/")
    if separator and is_host(first):
        return RegistryLocation(reference=Reference.parse(text))
    if "@" in text:
        raise UsageError(f"{text} has no registry host", hint="a digest is looked up in a registry: HOST/NAME@sha256:…")
    return LocalLocation(name=local_name(text))


def _path_and_name(text: str, scheme: str, what: str) -> tuple[Path, str | None]:
    path, _, name = text.removeprefix(scheme).partition(":")
    if not path:
        raise UsageError(f"{text!r} names no path", hint=f"write {scheme}{what} or {scheme}{what}:NAME")
    return Path(path).expanduser().absolute(), name or None


def is_path(name: str) -> bool:
    """Whether a name means a file: a Modelfile or its folder."""
    return name.startswith(("./", "../", "/", "~/")) or name in {".", ".."}
