"""Big content from afar into a temporary file: verified as it arrives, and gone on with when it was interrupted."""

from __future__ import annotations

from collections.abc import Callable

from olbuild.core.content import Descriptor, ParallelContent, Verifier, Watchful
from olbuild.core.errors import IntegrityError, OlbuildError, ResourceError
from olbuild.storage.parts import fetch_parts
from olbuild.storage.ports import LeftoverError, Progress
from olbuild.storage.store.partfile import PartFile
from olbuild.storage.store.temporary import Temporary

WORTH_PARTS = 8 << 20
"""The size in bytes from which content is fetched in parts; what is smaller is fetched again when it is interrupted."""


def fetch_into(
    temporary: Temporary,
    descriptor: Descriptor,
    content: ParallelContent,
    label: str,
    progress: Progress,
    *,
    keep: bool,
) -> None:
    """Fill a temporary file with verified content. When that fails, the file stays if ``keep``, to be gone on with.

    Raises:
        LeftoverError: if the bytes do not match, and some were there before.
        IntegrityError: if the bytes do not match. As after the former, nothing of them stays.
        OlbuildError: as the content and the disk fail; the hint says how much is kept.
    """
    file = PartFile(temporary.path, descriptor.size, temporary.where, recorded=keep)
    verifier = Verifier(descriptor, label)
    temporary.kept = keep
    try:
        temporary.allocate(descriptor.size)
        fetch_parts(content, file, _hashing(verifier, content, label), progress)
        verifier.finish()
    except IntegrityError as error:
        temporary.kept = False
        if file.resumed:
            raise LeftoverError(
                f"{error.message}; an earlier, interrupted transfer had left a part of it, which is removed now",
                hint="repeat it: everything is fetched anew then",
            ) from error
        raise
    except BaseException as error:
        _keep(temporary, file, error)
        raise
    finally:
        file.close()


def _hashing(verifier: Verifier, content: ParallelContent, label: str) -> Callable[[memoryview], object]:
    """Return what is told all bytes in their order: the verifier, and the content itself if it knows more."""
    if not isinstance(content, Watchful):
        return verifier.update
    watch = content.watch(label)

    def update(chunk: memoryview) -> None:
        watch(chunk)
        verifier.update(chunk)

    return update


def _keep(temporary: Temporary, file: PartFile, error: BaseException) -> None:
    """Leave what others can go on with; nothing if there is nothing, or if the disk is full."""
    temporary.kept = temporary.kept and file.received > 0 and not isinstance(error, ResourceError)
    if not temporary.kept:
        return
    temporary.shorten(file.end)
    if isinstance(error, OlbuildError):
        kept = f"{file.received:,} of {file.size:,} bytes are kept, and a repeat goes on from there"
        error.hint = f"{error.hint}; {kept}" if error.hint else kept
