"""What a plan is made from: every input resolved to a digest, or to an identity that shows when it changed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from olbuild.artifact.bundle import Bundle, Removal
from olbuild.core.content import Descriptor
from olbuild.core.names import Digest, Role
from olbuild.core.records import Frozen
from olbuild.storage.store.identity import FileIdentity


class FileInput(Frozen, kw_only=True):
    """A file that becomes a blob of the artifact.

    ``identity`` shows whether it is still the file that was looked at. ``digest`` is known when the file was hashed
    before and did not change since. ``scale`` is how strongly an adapter applies; ``None`` means 1.
    """

    path: Path
    role: Role
    size: int
    identity: FileIdentity
    digest: Digest | None = None
    scale: float | None = None


class ArtifactInput(Frozen, kw_only=True):
    """An artifact to build on, pinned to its digest. ``stored`` says whether the store has all of it already."""

    name: str
    descriptor: Descriptor
    origin: Literal["store", "layout", "registry"]
    location: str
    stored: bool


class StageInputs(Frozen, kw_only=True):
    """Everything that a stage adds to the one that it goes on from, or to the base.

    ``content`` is what the Modelfile says and what the headers of its weights say: a bundle without files. Before it is
    put on top of what it inherits, ``removals`` are taken away from that. ``quantize`` is the type that the weights are
    to be converted to.
    """

    content: Bundle
    files: tuple[FileInput, ...] = ()
    removals: tuple[Removal, ...] = ()
    quantize: str | None = None


class Inputs(Frozen, kw_only=True):
    """Everything a plan is made from: the artifact that the first stage builds on, and all stages that are needed."""

    stages: tuple[StageInputs, ...]
    base: ArtifactInput | None = None
