"""The steps of a plan. A later kind of work is a new step here and a new case in the executor."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeAlias

from olbuild.artifact.bundle import Bundle, Removal
from olbuild.building.plan.inputs import ArtifactInput
from olbuild.core.content import canonical_json
from olbuild.core.names import Digest, Role
from olbuild.core.records import Frozen
from olbuild.storage.store.identity import FileIdentity


class FetchBase(Frozen, kw_only=True):
    """Bring the base artifact into the store, by digest."""

    key: str
    base: ArtifactInput


class ImportFile(Frozen, kw_only=True):
    """Bring a file into the store. ``digest`` is ``None`` when the file must be hashed to know it.

    ``scale`` is how strongly an adapter applies, and no part of the key: it is the same file.
    """

    key: str
    path: Path
    role: Role
    size: int
    identity: FileIdentity
    digest: Digest | None
    scale: float | None = None


class Quantize(Frozen, kw_only=True):
    """Convert the weights of a stage to another type."""

    key: str
    type: str


class Layer(Frozen, kw_only=True):
    """What a stage puts on top of what it inherits: its own part of the bundle, and the number of its files.

    Before that, ``removals`` are taken away from what is inherited.
    """

    content: Bundle
    files: int
    removals: tuple[Removal, ...] = ()


class Assemble(Frozen, kw_only=True):
    """Write manifest, config and texts. ``layers`` are those of all stages, the first one at the bottom.

    The files that were imported belong to the layers in their order. ``document`` is what the layers say, encoded.
    """

    key: str
    profile: str
    layers: tuple[Layer, ...]
    document: bytes
    inputs: tuple[str, ...]


Step: TypeAlias = FetchBase | ImportFile | Quantize | Assemble


class Plan(Frozen, kw_only=True):
    """Steps in the order of their execution; the last one makes the artifact."""

    steps: tuple[Step, ...]

    @property
    def files(self) -> tuple[ImportFile, ...]:
        """The steps that bring files in."""
        return tuple(step for step in self.steps if isinstance(step, ImportFile))

    @property
    def quantizes(self) -> tuple[Quantize, ...]:
        """The steps that convert weights."""
        return tuple(step for step in self.steps if isinstance(step, Quantize))

    @property
    def base(self) -> FetchBase | None:
        """The step that brings the base artifact in."""
        return next((step for step in self.steps if isinstance(step, FetchBase)), None)

    @property
    def assemble(self) -> Assemble:
        """The step that makes the artifact."""
        last = self.steps[-1]
        if not isinstance(last, Assemble):  # pragma: no cover - make_plan builds no other plan
            raise TypeError("a plan ends in Assemble")
        return last


def step_key(kind: str, **parts: object) -> str:
    """Return the cache key of a step: the sha256 of what determines its result, in hexadecimal."""
    return hashlib.sha256(canonical_json({"step": kind, **parts})).hexdigest()


def import_key(role: Role, digest: Digest) -> str:
    """Return the key of an imported file whose digest is known: what it is, and nothing about where it lay."""
    return step_key("import", role=str(role), digest=str(digest))


def assemble_key(profile: str, document: bytes, inputs: tuple[str, ...]) -> str:
    """Return the key of the assembly: the profile, what the Modelfile says, and the keys of the inputs."""
    return step_key("assemble", profile=profile, content=document.decode(), inputs=list(inputs))
