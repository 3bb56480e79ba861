"""Profiles: the formats in which a bundle is written down. Building and running speak ``Bundle`` and never a format."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import modelpack
from olbuild.artifact.profiles.manifest import Fetch, Manifest, read_manifest
from olbuild.artifact.profiles.packed import PackedFile
from olbuild.core.content import Descriptor, Graph
from olbuild.core.errors import UsageError

__all__ = [
    "Fetch",
    "PackedFile",
    "PackedProfile",
    "Profile",
    "WritableProfile",
    "packed_profile",
    "read_bundle",
    "read_manifest",
    "writable_names",
    "writable_profile",
]


class Profile(Protocol):
    """A format that can be read: what a module of this room gives."""

    @property
    def name(self) -> str:
        """What the format is called: in ``--profile`` and in messages."""
        ...

    def recognises(self, manifest: Manifest) -> bool:
        """Whether a manifest is of this format, by its artifact type and the type of its config."""
        ...

    def read_layers(self, manifest: Manifest, fetch: Fetch) -> Bundle:
        """Read the bundle that a manifest of this format holds."""
        ...


class WritableProfile(Profile, Protocol):
    """A format that can be written too. ``read_layers`` of what is written gives the bundle without its losses."""

    def write(self, bundle: Bundle) -> Graph:
        """Describe a bundle: its layers, config and manifest, whose descriptor is the root.

        What ``losses`` says is left out. The same bundle gives the same bytes. Blobs of the bundle are layers with
        their own digests wherever the format allows that.

        Raises:
            FormatError: if the format cannot hold such a model at all, or the bundle is none that could be read back.
        """
        ...

    def losses(self, bundle: Bundle) -> tuple[str, ...]:
        """Say what of a bundle the format cannot carry: a short sentence for each thing (``profiles/losses.py``).

        What says nothing about the model (metadata that stands in the GGUF header) is no loss.
        """
        ...


class PackedProfile(Profile, Protocol):
    """A format that may have its files in tar layers (see ``profiles/packed.py``)."""

    def packed(self, manifest: Manifest) -> bool:
        """Whether a manifest of this format has files in tar layers that must be unpacked before the model is used."""
        ...

    def wants(self, layer: Descriptor, path: str) -> bool:
        """Whether a file in a tar layer belongs to the model, by its path in the archive."""
        ...

    def read_files(self, manifest: Manifest, files: Sequence[PackedFile], fetch: Fetch) -> Bundle:
        """Read the bundle of a manifest whose wanted files were unpacked, in the order in which they were found."""
        ...


PROFILES = (modelpack.name, "ollama", "docker", "kitops", "modelcar", "anything")
"""The modules of all formats that can be read; the first one that recognises a manifest reads it.

Beside the default one, in whose words the others speak, each is imported when its turn comes.
"""

_WRITABLE = (modelpack.name, "ollama", "docker", "modelcar")
_PACKED = (modelpack.name, "kitops", "modelcar", "anything")

if TYPE_CHECKING:  # each has what its protocol asks for
    from olbuild.artifact.profiles import anything, docker, kitops, modelcar, ollama

    _read: tuple[Profile, ...] = (modelpack, ollama, docker, kitops, modelcar, anything)
    _written: tuple[WritableProfile, ...] = (modelpack, ollama, docker, modelcar)
    _unpacked: tuple[PackedProfile, ...] = (modelpack, kitops, modelcar, anything)


def writable_names() -> tuple[str, ...]:
    """Return the names of the formats that can be written, the default one first."""
    return _WRITABLE


def writable_profile(name: str) -> WritableProfile:
    """Return a format that can be written, by its name.

    Raises:
        UsageError: if there is none of that name.
    """
    if name not in _WRITABLE:
        raise UsageError(
            f"{name[:100]!r} is no format that olbuild writes", hint=f"the formats are {', '.join(_WRITABLE)}"
        )
    return cast("WritableProfile", _module(name))


def read_bundle(root: Descriptor, fetch: Fetch) -> Bundle:
    """Read the model that a manifest describes, in whatever format it is written.

    Files of weights are not read; ``metadata`` says what the artifact's config says.

    Raises:
        FormatError: if it is not a model, of an unknown format, or malformed.
        IntegrityError: if size or digest of something that is read differ.
        NotFoundError: if something is missing.
    """
    manifest = read_manifest(root, fetch)
    return _profile(manifest).read_layers(manifest, fetch)


def packed_profile(manifest: Manifest) -> PackedProfile | None:
    """Return the format of a manifest if its files must be unpacked before the model is used."""
    found = _profile(manifest)
    if found.name not in _PACKED:
        return None
    profile = cast("PackedProfile", found)
    return profile if profile.packed(manifest) else None


def _profile(manifest: Manifest) -> Profile:
    return next(profile for profile in map(_module, PROFILES) if profile.recognises(manifest))


def _module(name: str) -> Profile:
    return cast("Profile", import_module(f"{__name__}.{name}"))
