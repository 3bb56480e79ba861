"""Where an artifact is: in the store, in an OCI layout (``oci:DIR[:NAME]``), or in a registry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from olbuild.core.errors import UsageError
from olbuild.core.names import LAYOUT_SCHEME, Reference, local_name
from olbuild.core.names.reference import is_host


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutLocation:
    """A name in an OCI image layout on disk. ``name`` is ``None`` when the layout is to say it."""

    path: Path
    name: str | None

    def __str__(self) -> str:
        """Return the form it is written in."""
        return f"{LAYOUT_SCHEME}{self.path}{':' + self.name if self.name else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryLocation:
    """A reference with a host."""

    reference: Reference

    def __str__(self) -> str:
        """Return the reference."""
        return str(self.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalLocation:
    """A name without a host: only the store can know it. Kept as the store keeps it."""

    name: str

    def __str__(self) -> str:
        """Return the name."""
        return self.name


Location: TypeAlias = LayoutLocation | RegistryLocation | LocalLocation


def parse_location(text: str) -> Location:
    """Read where an artifact is.

    ``oci:DIR[:NAME]`` follows skopeo's spelling: the folder ends at the first colon behind the scheme, and the name is
    whatever the folder's index calls it.

    Raises:
        UsageError: if the text is none of the three.
    """
    if text.startswith(LAYOUT_SCHEME):
        folder, _, name = text.removeprefix(LAYOUT_SCHEME).partition(":")
        if not folder:
            raise UsageError(f"{text!r} names no folder", hint="write oci:DIR or oci:DIR:NAME")
        return LayoutLocation(path=Path(folder).expanduser().absolute(), name=name or None)
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
