"""Whole artifacts, from wherever they are: the manifest, and everything that it names."""

from __future__ import annotations

from olbuild.artifact.profiles import Fetch
from olbuild.artifact.splitting import is_split, read_whole
from olbuild.artifact.validation.documents import validate_document
from olbuild.artifact.validation.findings import Findings
from olbuild.artifact.variants import read_variants
from olbuild.core.content import Descriptor, read_verified
from olbuild.core.names import INDEXES


def validate_artifact(findings: Findings, root: Descriptor, fetch: Fetch) -> None:
    """Note everything that is wrong with an artifact, with the whole one of a split one, and with each of an index.

    Raises:
        NotFoundError, IntegrityError: if its manifest cannot be read.
    """
    where = f"artifact {root.digest.short}"
    data = read_verified(fetch(root), root, where)
    if root.media_type in INDEXES:
        validate_document(findings, "index", data, fetch)
        for variant in findings.ask("index", "$", read_variants, root, fetch) or ():
            findings.ask("index", "$", validate_artifact, findings, variant.manifest, fetch)
        return
    if not is_split(root, fetch):
        validate_document(findings, "manifest", data, fetch)
        return
    validate_document(findings, "split", data, fetch)
    whole = findings.ask("split", "$", read_whole, root, fetch)
    if whole is not None:
        validate_document(findings, "manifest", whole.data, fetch)
