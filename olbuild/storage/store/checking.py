"""Verification of a whole layout: every blob against its digest, every name's graph, and what does not belong there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from olbuild.core.content import Descriptor, FileContent
from olbuild.core.errors import OlbuildError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.storage.ports import Progress
from olbuild.storage.store.layout import Layout
from olbuild.storage.store.pump import pump
from olbuild.storage.store.reach import reach


class Problem(Frozen, kw_only=True):
    """Something wrong: ``damaged`` content, an ``incomplete`` artifact, a ``stray`` file, or a ``malformed`` layout.

    ``subject`` is the name, digest or path that it is about.
    """

    kind: Literal["damaged", "incomplete", "stray", "malformed"]
    subject: str
    message: str


def check(layout: Layout, progress: Progress) -> tuple[Problem, ...]:
    """Read a layout whole. Blobs that are collected meanwhile are no problem."""
    return (*_blobs(layout, progress), *_artifacts(layout), *_strays(layout))


def _blobs(layout: Layout, progress: Progress) -> Iterator[Problem]:
    for digest in sorted(layout.blobs):
        try:
            found = _hash(layout, digest, progress)
        except OlbuildError as error:
            yield Problem(kind="damaged", subject=str(digest), message=error.message)
            continue
        except FileNotFoundError:
            continue
        except OSError as error:
            message = f"{layout.blobs.path(digest)} cannot be read: {error.strerror}"
            yield Problem(kind="damaged", subject=str(digest), message=message)
            continue
        if found is not None and found != digest:
            message = f"the bytes of {layout.blobs.path(digest)} have the digest {found}"
            yield Problem(kind="damaged", subject=str(digest), message=message)


def _hash(layout: Layout, digest: Digest, progress: Progress) -> Digest | None:
    size = layout.blobs.size(digest)
    if size is None:
        return None
    found = hashlib.sha256()
    # Not by `fetch`: whether a linked file was changed is what is found out here.
    with FileContent(layout.blobs.path(digest), size).open() as reader:
        pump(reader, size, found.update, None, progress)
    return Digest(found.hexdigest())


def _artifacts(layout: Layout) -> Iterator[Problem]:
    try:
        entries = layout.entries()
    except OlbuildError as error:
        yield Problem(kind="malformed", subject="index.json", message=error.message)
        return
    for name, root in entries:
        yield from _artifact(layout, name or str(root.digest), root)


def _artifact(layout: Layout, name: str, root: Descriptor) -> Iterator[Problem]:
    try:
        graph = reach(layout.blobs, (root,), layout.label)
    except OlbuildError as error:
        yield Problem(kind="incomplete", subject=name, message=error.message)
        return
    for digest in graph.missing:
        yield Problem(kind="incomplete", subject=name, message=f"{name} needs {digest}, which is missing")
    for digest, node in graph.found.items():
        try:
            size = layout.blobs.size(digest)
        except OlbuildError as error:
            yield Problem(kind="incomplete", subject=name, message=error.message)
            continue
        if size is not None and size != node.size:
            message = f"{name} needs {digest} with {node.size} bytes, and it has {size}"
            yield Problem(kind="incomplete", subject=name, message=message)


def _strays(layout: Layout) -> Iterator[Problem]:
    expected = {"oci-layout", "index.json", "blobs"}
    known = {digest.hex for digest in layout.blobs}
    for folder, allowed in ((layout.path, expected), (layout.path / "blobs", {"sha256"}), (layout.blobs.folder, known)):
        for entry in _entries(folder):
            if entry not in allowed and not (folder == layout.blobs.folder and _is_new(folder / entry)):
                path = folder / entry
                yield Problem(kind="stray", subject=str(path), message=f"{path} does not belong to an image layout")


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def _is_new(path: Path) -> bool:
    return len(path.name) == 64 and not set(path.name) - set("0123456789abcdef")  # noqa: PLR2004 - digits of a digest
