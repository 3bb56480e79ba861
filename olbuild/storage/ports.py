"""The interfaces of a target, after oras-go's storage interfaces: four small ones and their sum.

Memory, layout and registry implement ``Target`` and pass one conformance suite (``olbuild.testing.targets``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, Protocol, runtime_checkable

from olbuild.core.content import Content, Descriptor
from olbuild.core.errors import IntegrityError

Progress = Callable[[int], None]
"""Called with the number of bytes that were added since the last call."""


def no_progress(_amount: int) -> None:
    """Drop progress: the default listener."""


class Steady:
    """Progress of work that may be begun again: what is done a second time is not told a second time."""

    def __init__(self, progress: Progress) -> None:
        """Tell ``progress``."""
        self._progress = progress
        self._told = 0
        self._done = 0

    def begin(self) -> None:
        """Begin at nothing, perhaps again."""
        self._done = 0

    def __call__(self, amount: int) -> None:
        """Count bytes that are done."""
        self._done += amount
        if self._done > self._told:
            self._progress(self._done - self._told)
            self._told = self._done


class LeftoverError(IntegrityError):
    """What an interrupted transfer had left does not fit. It is gone now: the same transfer can be begun anew."""


class Fetcher(Protocol):
    """Where bytes come from."""

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there, by digest and size."""
        ...

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor. They are verified by whoever reads them.

        Raises:
            NotFoundError: if the content is not there (at the latest when it is read).
        """
        ...


class Pusher(Protocol):
    """Where bytes go."""

    def push(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        """Store content under its descriptor; it is visible only when size and digest match.

        Pushing what exists is not an error and moves nothing.

        Raises:
            IntegrityError: if the bytes do not match; nothing is stored then.
        """
        ...


class Resolver(Protocol):
    """Names to descriptors."""

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor of the manifest that a name (or ``sha256:…``) stands for.

        The grammar of names is the target's own: full names in a store or a layout, tags in a repository.

        Raises:
            NotFoundError: if there is no such name.
        """
        ...


class Tagger(Protocol):
    """Descriptors to names."""

    def tag(self, descriptor: Descriptor, name: str) -> None:
        """Let a name stand for a manifest that is stored; atomically replaces what it stood for."""
        ...


class Source(Fetcher, Resolver, Protocol):
    """What can be copied from."""

    @property
    def label(self) -> str:
        """How the target is called in messages, such as ``the local store`` or ``ghcr.io/me/assistant``."""
        ...


class Target(Source, Pusher, Tagger, Protocol):
    """What can be copied from and to."""


@runtime_checkable
class InOrder(Protocol):
    """A source or a target that one thread must use, in the order of the graph: an archive is a stream."""

    in_order: Literal[True]


@runtime_checkable
class Knowing(Protocol):
    """A target that can say with one request that nothing is left to do."""

    def stands(self, descriptor: Descriptor, name: str) -> bool:
        """Whether a name stands for a manifest already, and so for everything that it reaches."""
        ...


class Lister(Protocol):
    """What names there are."""

    def names(self) -> Iterable[str]:
        """Return all names in the target's grammar, in their order. A registry is asked page by page."""
        ...


class Deleter(Protocol):
    """Names and manifests that go away."""

    def delete(self, name: str) -> None:
        """Take a name (or, by ``sha256:…``, a manifest with all its names) away. Blobs that are in use stay.

        Raises:
            NotFoundError: if there is no such name or manifest.
        """
        ...


class Referrers(Protocol):
    """What points to a manifest: signatures, attestations, bills of materials (image-spec, ``subject``)."""

    def referrers(self, subject: Descriptor, artifact_type: str | None = None) -> tuple[Descriptor, ...]:
        """Return the descriptors of the manifests whose ``subject`` is this one, if wanted of one type only."""
        ...


class Holder(Source, Lister, Referrers, Protocol):
    """What artifacts can be looked up and listed in, together with what refers to them."""


@runtime_checkable
class Attacher(Protocol):
    """What keeps a list of its manifests, in which one without a name must be put by whoever stores it."""

    def attach(self, descriptor: Descriptor) -> None:
        """List a manifest that is stored without a name.

        Raises:
            NotFoundError: if it is not stored.
        """
        ...
