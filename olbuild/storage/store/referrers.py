"""What refers to a manifest, found among manifests (OCI image-spec, ``manifest.md``, "subject")."""

from __future__ import annotations

from collections.abc import Iterable

from olbuild.core.content import Descriptor
from olbuild.core.content.canonical import Json
from olbuild.core.content.descriptor import text_map
from olbuild.core.errors import FormatError
from olbuild.core.records import replace

Recognised = tuple[Descriptor, dict[str, Json]]
"""A manifest and its document."""


def refers_to(
    subject: Descriptor, artifact_type: str | None, manifests: Iterable[Recognised]
) -> tuple[Descriptor, ...]:
    """Return the manifests whose ``subject`` is the given one, in the order of their digests.

    Each is described as the referrers API does (distribution-spec, "Listing Referrers"): with its artifact type, which
    is the type of its config if it states none, and with its annotations.
    """
    found = []
    for descriptor, document in manifests:
        stated = document.get("subject")
        if not isinstance(stated, dict) or stated.get("digest") != str(subject.digest):
            continue
        kind = _type(document)
        if artifact_type is None or kind == artifact_type:
            found.append(replace(descriptor, artifact_type=kind, annotations=_annotations(document)))
    return tuple(sorted(found, key=lambda each: each.digest))


def _type(document: dict[str, Json]) -> str | None:
    stated, config = document.get("artifactType"), document.get("config")
    kind = stated or (config.get("mediaType") if isinstance(config, dict) else None)
    return kind if isinstance(kind, str) else None


def _annotations(document: dict[str, Json]) -> dict[str, str]:
    try:
        return dict(text_map(document.get("annotations"), "annotations"))
    except FormatError:
        return {}
