"""The digests of parts. They cost one reading of the weights, and are remembered, because content never changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event, Lock

from olbuild.artifact.memory import Memory
from olbuild.artifact.splitting.cut import Cut
from olbuild.core.content import Content, Descriptor
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.events import Advanced, Emit, Expected, Finished, Started, ignore
from olbuild.core.names import Digest
from olbuild.core.records import Frozen

_BLOCK = 4 << 20
_MOST_THREADS = 4


class PartDigests(Frozen):
    """Gives the digests of the parts of a layer: remembered ones, or those that reading it finds."""

    memory: Memory
    emit: Emit = ignore

    def __call__(self, whole: Descriptor, content: Content, cuts: Sequence[Cut]) -> tuple[Digest, ...]:
        """Return the digests of consecutive parts of a layer, in their order.

        Raises:
            IntegrityError: if the content ends early.
        """
        key = f"{whole.digest.hex}-{cuts[0].size}"
        known = _remembered(self.memory.get(key), len(cuts))
        if known is not None:
            return known
        id_ = f"split {whole.digest}"
        self.emit(Expected(amount=whole.size))
        self.emit(Started(id=id_, label=f"digests of {len(cuts)} parts", total=whole.size))
        try:
            found = hash_parts(whole, content, cuts, lambda amount: self.emit(Advanced(id=id_, amount=amount)))
        except BaseException:
            self.emit(Finished(id=id_, outcome="failed"))
            raise
        self.emit(Finished(id=id_))
        self.memory.put(key, {"parts": [str(digest) for digest in found]})
        return found


def hash_parts(
    whole: Descriptor, content: Content, cuts: Sequence[Cut], progress: Callable[[int], None] = lambda _amount: None
) -> tuple[Digest, ...]:
    """Return the digests of consecutive parts of a layer, in their order; several are read at once.

    ``progress`` is told how many more bytes were read, by one thread at a time.

    Raises:
        ValueError: if the parts are not consecutive and the whole.
        IntegrityError: if the content ends early.
    """
    bounds = [(each.offset, each.offset + each.size) for each in cuts]
    gaps = any(before[1] != after[0] for before, after in pairwise(bounds))
    if gaps or bounds[0][0] != 0 or bounds[-1][1] != whole.size:
        raise ValueError(f"the parts are not all of the {whole.size} bytes, one behind the other")
    stop, lock = Event(), Lock()

    def advance(amount: int) -> None:
        with lock:
            progress(amount)

    def hash_part(each: Cut) -> Digest:
        return _hash(whole, content, each, stop, advance)

    threads = min(len(cuts), _MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="parts") as pool:
        try:
            return tuple(pool.map(hash_part, cuts))
        finally:
            stop.set()  # after an error or an interruption nobody wants the rest


def _hash(whole: Descriptor, content: Content, each: Cut, stop: Event, advance: Callable[[int], None]) -> Digest:
    found, left = hashlib.sha256(), each.size
    with content.open(each.offset, each.size) as reader, memoryview(bytearray(min(_BLOCK, each.size))) as view:
        while left and not stop.is_set():
            count = reader.readinto(view[: min(left, len(view))])
            if not count:
                raise IntegrityError(f"{whole.digest} ends {left} bytes before the end of the part at {each.offset}")
            found.update(view[:count])
            left -= count
            advance(count)
    return Digest(found.hexdigest())


def _remembered(document: dict[str, object] | None, count: int) -> tuple[Digest, ...] | None:
    """Return remembered digests if they are as many as there are parts; anything else counts as forgotten."""
    listed = document.get("parts") if document else None
    if not isinstance(listed, list) or len(listed) != count or not all(isinstance(item, str) for item in listed):
        return None
    try:
        return tuple(Digest.parse(item) for item in listed)
    except FormatError:
        return None
