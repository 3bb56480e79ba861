"""What a plan makes: the layers of a Modelfile with their files, on top of a base, before it is written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from olbuild.artifact.bundle import Blob, Bundle, overlay, without
from olbuild.artifact.profiles.modelpack import write
from olbuild.building.plan import ArtifactInput, ImportFile, Plan
from olbuild.core.content import Graph
from olbuild.core.names import Role
from olbuild.core.records import Frozen, replace


class Assembled(Frozen, kw_only=True):
    """A whole model, and how it came about: for formats that tell what a Modelfile says from what its parent said.

    ``said`` is what the Modelfile itself says, with its files, if that is one stage that takes nothing away. ``base``
    is the artifact that it goes on from. ``files`` are where the files came from, in the order of ``said``.
    """

    bundle: Bundle
    said: Bundle | None
    base: ArtifactInput | None
    files: tuple[ImportFile, ...]


Write: TypeAlias = Callable[[Assembled], Graph]
"""Writes a model in some format."""


def write_modelpack(assembled: Assembled) -> Graph:
    """Write a model in the default format.

    Raises:
        FormatError, UsageError: as ``modelpack.write``.
    """
    return write(assembled.bundle)


def assemble(plan: Plan, base: Bundle | None, blobs: list[Blob]) -> Assembled:
    """Put the layers of a plan, with their files, on top of its base."""
    layers = plan.assemble.layers
    bundle, left, own = base, blobs, None
    for layer in layers:
        own, left = with_blobs(layer.content, left[: layer.files]), left[layer.files :]
        bundle = own if bundle is None else overlay(without(bundle, layer.removals), own)
    if bundle is None:  # pragma: no cover - a plan has a layer
        raise TypeError("a plan without layers makes nothing")
    said = own if len(layers) == 1 and not layers[0].removals else None
    found = plan.base.base if plan.base is not None else None
    return Assembled(bundle=bundle, said=said, base=found, files=plan.files)


def with_blobs(content: Bundle, blobs: list[Blob]) -> Bundle:
    """Return a bundle with files in the places of their roles."""

    def of(role: Role) -> tuple[Blob, ...]:
        return tuple(blob for blob in blobs if blob.role is role)

    return replace(
        content,
        weights=of(Role.WEIGHTS),
        projectors=of(Role.PROJECTOR),
        adapters=of(Role.ADAPTER),
        drafts=of(Role.DRAFT),
    )
