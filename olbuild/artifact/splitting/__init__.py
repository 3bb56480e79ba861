"""Splitting: an artifact whose layers are too large for a registry, as one whose parts are not, and back again.

The split artifact is one of its own with a digest of its own. It names the whole one, and holds its manifest byte for
byte; its parts are regions of the stored files and never copies (registry-spec, "Splitting").
"""

from olbuild.artifact.splitting.cut import SMALLEST_LIMIT, Cut, cut
from olbuild.artifact.splitting.digests import PartDigests, hash_parts
from olbuild.artifact.splitting.joined import Joined
from olbuild.artifact.splitting.read import Whole, is_split, read_whole
from olbuild.artifact.splitting.split import DEFAULT_LIMIT, needs_splitting, split

__all__ = [
    "DEFAULT_LIMIT",
    "SMALLEST_LIMIT",
    "Cut",
    "Joined",
    "PartDigests",
    "Whole",
    "cut",
    "hash_parts",
    "is_split",
    "needs_splitting",
    "read_whole",
    "split",
]
