"""What belongs to an artifact and is not in it: signatures, attestations, bills of materials. It travels with it."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.content import Descriptor, read_verified, successors
from olbuild.core.errors import NotFoundError, ResourceError
from olbuild.core.events import Emit
from olbuild.core.names import INDEXES, Digest, attached_tags, beside
from olbuild.storage.copy import Prepare, copy
from olbuild.storage.ports import Attacher, Holder, Target

_MOST = 1000


def copy_attachments(
    origin: Holder,
    target: Target,
    root: Descriptor,
    names: tuple[str, str],
    *,
    emit: Emit,
    prepare: Prepare | None = None,
) -> int:
    """Copy what refers to an artifact, to the manifests of an index, and to what refers to them in turn.

    cosign's tags (``sha256-….sig``) are copied as tags of the same repository. A registry that keeps its list of
    referrers under a tag gets that list written anew, by what is pushed to it.

    Args:
        origin: where the artifact is.
        target: where it was copied to.
        root: the artifact.
        names: its name in the one and in the other.
        emit: told about every blob.
        prepare: told of each graph before anything of it is written.

    Returns:
        how many manifests belong to it.

    Raises:
        ResourceError: if there are more than a thousand.
        NotFoundError, FormatError, IntegrityError, RefusedError, RegistryError: as the copying fails.
    """
    seen: set[Digest] = set()
    waiting = list(_manifests(origin, root))
    while waiting:
        subject = waiting.pop()
        found = [*((each, None) for each in origin.referrers(subject)), *_tagged(origin, subject, names[0])]
        for each, tag in found:
            if each.digest in seen:
                continue
            seen.add(each.digest)
            if len(seen) > _MOST:
                raise ResourceError(f"{origin.label}: more than {_MOST} manifests refer to {root.digest}")
            name = None if tag is None else beside(names[1], tag)
            copy(origin, target, each, name=name, emit=emit, prepare=prepare)
            if name is None and isinstance(target, Attacher):
                target.attach(each)
            waiting.append(each)
    return len(seen)


def _manifests(origin: Holder, root: Descriptor) -> Iterator[Descriptor]:
    """Yield a manifest, and of an index also each one that it lists: each may be signed by itself."""
    yield root
    if root.media_type in INDEXES:
        where = f"{origin.label}: index {root.digest}"
        yield from successors(root, read_verified(origin.fetch(root), root, where), where)


def _tagged(origin: Holder, subject: Descriptor, name: str) -> Iterator[tuple[Descriptor, str]]:
    for tag in attached_tags(subject.digest):
        try:
            yield origin.resolve(beside(name, tag)), tag
        except NotFoundError:
            continue
