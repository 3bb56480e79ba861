"""Profiles: the formats in which a bundle is written down. Building and running speak ``Bundle`` and never a format."""

from __future__ import annotations

from typing import Protocol

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import modelpack, ollama
from olbuild.artifact.profiles.manifest import Fetch, Manifest, read_manifest
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError
from olbuild.core.names import MediaType

__all__ = ["Fetch", "Profile", "read_bundle"]


class Profile(Protocol):
    """What a module of this room gives."""

    def recognises(self, manifest: Manifest) -> bool:
        """Whether a manifest is of this format, by its artifact type and the type of its config."""
        ...

    def read_layers(self, manifest: Manifest, fetch: Fetch) -> Bundle:
        """Read the bundle that a manifest of this format holds."""
        ...


PROFILES: tuple[Profile, ...] = (modelpack, ollama)


def read_bundle(root: Descriptor, fetch: Fetch) -> Bundle:
    """Read the model that a manifest describes, in whatever format it is written.

    Files of weights are not read; ``metadata`` says what the artifact's config says.

    Raises:
        FormatError: if it is not a model, of an unknown format, or malformed.
        IntegrityError: if size or digest of something that is read differ.
        NotFoundError: if something is missing.
    """
    manifest = read_manifest(root, fetch)
    for profile in PROFILES:
        if profile.recognises(manifest):
            return profile.read_layers(manifest, fetch)
    if manifest.config.media_type == MediaType.OCI_CONFIG:
        raise FormatError(f"{manifest.where} is a container image and not a model that olbuild reads")
    stated = manifest.artifact_type or manifest.config.media_type
    raise FormatError(
        f"{manifest.where} is of the type {stated[:100]!r}, which is not a model that olbuild reads",
        hint="olbuild reads CNCF ModelPack and Ollama's artifacts",
    )
