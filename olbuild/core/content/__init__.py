"""Content-addressed bytes: descriptors, handles to bytes, verification, graphs and canonical JSON."""

from olbuild.core.content.canonical import canonical_json, decode_json
from olbuild.core.content.descriptor import Descriptor
from olbuild.core.content.graph import Graph, Node, successors
from olbuild.core.content.handles import BytesContent, Content, FileContent, FileState, Reader, WriteBytes, file_state
from olbuild.core.content.parallel import ParallelContent, Slots, WholeOnlyError, as_parallel, open_part
from olbuild.core.content.tar import TAR_BLOCK, TAR_END, tar_file, tar_folder, tar_padding
from olbuild.core.content.verify import MANIFEST_LIMIT, Verifier, Watchful, read_verified
from olbuild.core.content.virtual import JoinedContent, RegionContent

__all__ = [
    "MANIFEST_LIMIT",
    "TAR_BLOCK",
    "TAR_END",
    "BytesContent",
    "Content",
    "Descriptor",
    "FileContent",
    "FileState",
    "Graph",
    "JoinedContent",
    "Node",
    "ParallelContent",
    "Reader",
    "RegionContent",
    "Slots",
    "Verifier",
    "Watchful",
    "WholeOnlyError",
    "WriteBytes",
    "as_parallel",
    "canonical_json",
    "decode_json",
    "file_state",
    "open_part",
    "read_verified",
    "successors",
    "tar_file",
    "tar_folder",
    "tar_padding",
]
