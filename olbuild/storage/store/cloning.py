"""Content whose blocks can be shared: a file, or a file with something before and behind it, such as a tar archive."""

from __future__ import annotations

import os
from collections.abc import Sequence

from olbuild.core.content import Content, FileContent, JoinedContent
from olbuild.storage.store.failures import writing
from olbuild.storage.store.reflink import clone_range
from olbuild.storage.store.temporary import Temporary

_WORTH_SHARING = 1 << 20
"""Smaller pieces are written: they are not worth a call, and a block or two."""


def clone_content(content: Content, temporary: Temporary) -> bool:
    """Fill an empty temporary file with content by sharing its blocks, if the file system can; else leave it empty.

    Nothing is read: whoever verifies reads the temporary file.

    Raises:
        ResourceError: if there is no space.
    """
    match content:
        case FileContent():
            return _clone(content, temporary)
        case JoinedContent():
            if _clone_pieces(content.pieces, temporary):
                return True
            os.ftruncate(temporary.descriptor, 0)
            os.lseek(temporary.descriptor, 0, os.SEEK_SET)
    return False


def _clone(content: FileContent, temporary: Temporary) -> bool:
    source = os.open(content.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return temporary.clone_from(source)
    finally:
        os.close(source)


def _clone_pieces(pieces: Sequence[Content], temporary: Temporary) -> bool:
    """Append pieces: large files by their blocks, if they begin at a block, as the format of an archive can see to."""
    if not any(isinstance(piece, FileContent) and piece.size >= _WORTH_SHARING for piece in pieces):
        return False
    for piece in pieces:
        if isinstance(piece, FileContent) and piece.size >= _WORTH_SHARING:
            if not _append(piece, temporary):
                return False
        elif piece.size < _WORTH_SHARING:
            temporary.write(piece.read_at(0, piece.size))
        else:
            return False
    return True


def _append(piece: FileContent, temporary: Temporary) -> bool:
    end = os.lseek(temporary.descriptor, 0, os.SEEK_END)
    source = os.open(piece.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with writing(temporary.where):
            if os.fstat(source).st_size != piece.size or not clone_range(source, temporary.descriptor, end):
                return False
    finally:
        os.close(source)
    return os.lseek(temporary.descriptor, 0, os.SEEK_END) == end + piece.size
