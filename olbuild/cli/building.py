"""What ``olbuild build`` writes down about what it made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.core.content import Descriptor


def require_folder(file: str | None) -> None:
    """Refuse a file that could not be written, before anything is built.

    Raises:
        UsageError: if there is no folder for it.
    """
    if file is not None and not Path(file).absolute().parent.is_dir():
        raise UsageError(f"there is no folder for {file}")


def labels_of(pairs: Sequence[str]) -> dict[str, str]:
    """Read ``KEY=VALUE``.

    Raises:
        UsageError: if one has no ``=``.
    """
    labels = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"{pair!r} is no label", hint="write KEY=VALUE")
        labels[key] = value
    return labels


def write_metadata(file: str, descriptor: Descriptor, names: Sequence[str], profile: str, **more: object) -> None:
    """Write what was built, as JSON."""
    document = {
        "digest": str(descriptor.digest),
        "mediaType": str(descriptor.media_type),
        "size": descriptor.size,
        "names": list(names),
        "profile": profile,
        **more,
    }
    Path(file).write_text(json.dumps(document, indent=2) + "\n", "utf-8")
