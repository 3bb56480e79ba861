"""What belongs to an artifact and is not in it: signatures, attestations, bills of materials. It travels with it."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.content import Descriptor, read_verified, successors
from olbuild.core.errors import NotFoundError, ResourceError
from olbuild.core.events import Emit
from olbuild.core.names import INDEXES, Digest, attached_tags, beside
from olbuild.core.records import Frozen
from olbuild.storage.copy import Prepare, copy
from olbuild.storage.ports import Attacher, Holder, Target

_MOST = 1000


class Attachment(Frozen, kw_only=True):
    """A manifest that belongs to an artifact: by its subject, or under a tag of cosign's."""

    root: Descriptor
    tag: str | None = None


def attachments(holder: Holder, root: Descriptor, name: str) -> tuple[Attachment, ...]:
    """Find what refers to an artifact, to the manifests of an index, and to what refers to them in turn.

    Args:
        holder: where the artifact is.
        root: the artifact.
        name: its name there; cosign's tags (``sha256-….sig``) are looked for in the same repository.

    Raises:
        ResourceError: if there are more than a thousand.
        FormatError, IntegrityError, RefusedError, RegistryError: as looking for them fails.
    """
    found: dict[Digest, Attachment] = {}
    waiting = list(_manifests(holder, root))
    while waiting:
        subject = waiting.pop()
        for each in (*map(_referrer, holder.referrers(subject)), *_tagged(holder, subject, name)):
            if each.root.digest in found:
                continue
            found[each.root.digest] = each
            if len(found) > _MOST:
                raise ResourceError(f"{holder.label}: more than {_MOST} manifests refer to {root.digest}")
            waiting.append(each.root)
    return tuple(found.values())


def copy_attachments(
    holder: Holder,
    target: Target,
    found: tuple[Attachment, ...],
    name: str,
    *,
    emit: Emit,
    prepare: Prepare | None = None,
) -> None:
    """Copy what belongs to an artifact.

    A registry that keeps its lists of referrers under tags gets them written anew, by what is pushed to it.

    Args:
        holder: where the artifact is.
        target: where it goes.
        found: what belongs to it.
        name: its name there.
        emit: told about every blob.
        prepare: told of each graph before anything of it is written.

    Raises:
        NotFoundError, FormatError, IntegrityError, RefusedError, RegistryError: as the copying fails.
    """
    for each in found:
        tag = None if each.tag is None else beside(name, each.tag)
        copy(holder, target, each.root, name=tag, emit=emit, prepare=prepare)
        if tag is None and isinstance(target, Attacher):
            target.attach(each.root)


def _referrer(root: Descriptor) -> Attachment:
    return Attachment(root=root)


def _manifests(holder: Holder, root: Descriptor) -> Iterator[Descriptor]:
    """Yield a manifest, and of an index also each one that it lists: each may be signed by itself."""
    yield root
    if root.media_type in INDEXES:
        where = f"{holder.label}: index {root.digest}"
        yield from successors(root, read_verified(holder.fetch(root), root, where), where)


def _tagged(holder: Holder, subject: Descriptor, name: str) -> Iterator[Attachment]:
    for tag in attached_tags(subject.digest):
        try:
            yield Attachment(root=holder.resolve(beside(name, tag)), tag=tag)
        except NotFoundError:
            continue
