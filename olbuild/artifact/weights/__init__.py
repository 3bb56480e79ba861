"""Weight files: what a GGUF header says, and which files make one model. Nothing here reads tensor data."""

from olbuild.artifact.weights.compare import compare_headers
from olbuild.artifact.weights.names import ShardName, select_gguf, shard_names
from olbuild.artifact.weights.require import require_gguf
from olbuild.artifact.weights.shards import File, Files, order_shards, sort_files

__all__ = [
    "File",
    "Files",
    "ShardName",
    "compare_headers",
    "order_shards",
    "require_gguf",
    "select_gguf",
    "shard_names",
    "sort_files",
]
