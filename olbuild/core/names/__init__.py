"""Names that cannot exist in a bad shape: digests, references, Ollama names, media types, roles and parts."""

from olbuild.core.names.attached import attached_tags, beside, is_attached
from olbuild.core.names.digest import Digest
from olbuild.core.names.local import ARCHIVE_SCHEME, LAYOUT_SCHEME, local_name
from olbuild.core.names.media import GRAPH_NODES, INDEXES, MANIFESTS, NOT_DISTRIBUTED, MediaType, Role
from olbuild.core.names.ollama import OllamaName
from olbuild.core.names.part import Part
from olbuild.core.names.reference import Reference

__all__ = [
    "ARCHIVE_SCHEME",
    "GRAPH_NODES",
    "INDEXES",
    "LAYOUT_SCHEME",
    "MANIFESTS",
    "NOT_DISTRIBUTED",
    "Digest",
    "MediaType",
    "OllamaName",
    "Part",
    "Reference",
    "Role",
    "attached_tags",
    "beside",
    "is_attached",
    "local_name",
]
