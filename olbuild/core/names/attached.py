"""Tags under which tools keep what belongs to a manifest: signatures and the like, and lists of referrers.

cosign writes ``sha256-<hex>.sig``, ``.att`` and ``.sbom``; a registry without the referrers API has its list under
``sha256-<hex>`` (distribution-spec, "Referrers Tag Schema").
"""

from __future__ import annotations

import re

from olbuild.core.names.digest import Digest

_ATTACHED = re.compile(r"(?:.*:)?sha256-([0-9a-f]{64})(\.[a-z]+)?")
_KINDS = (".sig", ".att", ".sbom")


def attached_tags(digest: Digest) -> tuple[str, ...]:
    """Return the tags under which cosign would keep what belongs to a manifest."""
    return tuple(f"sha256-{digest.hex}{kind}" for kind in _KINDS)


def is_attached(name: str) -> bool:
    """Whether a name or a tag is no artifact's own, but that of what belongs to another one."""
    return _ATTACHED.fullmatch(name) is not None


def beside(name: str, tag: str) -> str:
    """Return what a tag is called beside a name: in its repository if the name has one, else the tag alone."""
    repository, colon, last = name.rpartition(":")
    return f"{repository}:{tag}" if colon and "/" not in last and repository != "sha256" else tag
