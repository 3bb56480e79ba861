"""The words of the format: annotation keys of a split manifest and of its parts."""

from __future__ import annotations

WHOLE = "dev.olbuild.split.whole"
"""On the manifest: digest of the whole manifest, which is the config."""

OF = "dev.olbuild.split.of"
"""On a part: digest of the whole layer."""

OFFSET = "dev.olbuild.split.offset"
"""On a part: where in the whole layer it begins, in bytes."""

SIZE = "dev.olbuild.split.size"
"""On a part: how large the whole layer is, in bytes."""

TITLE = "org.opencontainers.image.title"


def part_title(title: str, number: int, count: int) -> str:
    """Return what part ``number`` (from 1) of a file is called, so that the names of all sort in their order."""
    return f"{title}.part-{number:05d}-of-{count:05d}"
