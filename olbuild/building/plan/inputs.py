"""What a plan is made from: every input resolved to something that cannot change under us, or that is noticed when it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from olbuild.artifact.bundle import Bundle, Metadata
from olbuild.core.content import Descriptor
from olbuild.core.names import Digest, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInput:
    """A file that becomes a blob of the artifact.

    ``identity`` is what ``stat`` said (device, inode, size in bytes, mtime and ctime in nanoseconds). ``digest`` is
    known when the file was hashed before and did not change since.
    """

    path: Path
    role: Role
    size: int
    identity: tuple[int, ...]
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactInput:
    """An artifact to build on, pinned to its digest. ``stored`` says whether the store has all of it already."""

    name: str
    descriptor: Descriptor
    origin: Literal["store", "layout", "registry"]
    location: str
    stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the Modelfile itself says: a bundle without files, as JSON values for the cache key, and as it is."""

    bundle: Bundle
    document: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything a plan is made from.

    ``metadata`` is what the headers of the weights among ``files`` say; ``None`` when the weights are inherited.
    """

    content: Content
    files: tuple[FileInput, ...] = ()
    base: ArtifactInput | None = None
    metadata: Metadata | None = None
