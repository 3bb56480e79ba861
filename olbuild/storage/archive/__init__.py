"""OCI archives: an image layout in one tar file (``oci-archive:`` of skopeo), read and written in one pass."""

from olbuild.storage.archive.file import ArchiveFile, is_stream, replacing
from olbuild.storage.archive.layers import files_in
from olbuild.storage.archive.packing import packing
from olbuild.storage.archive.read import ArchiveSource
from olbuild.storage.archive.receive import Entries, receive
from olbuild.storage.archive.stream import StreamReader
from olbuild.storage.archive.write import ArchiveWriter

__all__ = [
    "ArchiveFile",
    "ArchiveSource",
    "ArchiveWriter",
    "Entries",
    "StreamReader",
    "files_in",
    "is_stream",
    "packing",
    "receive",
    "replacing",
]
