"""Single documents: which kind one is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.artifact.profiles.manifest import Fetch, read_manifest
from olbuild.artifact.splitting import read_whole
from olbuild.artifact.validation.findings import Findings
from olbuild.artifact.validation.modelpack import check_config, check_model, check_part
from olbuild.artifact.validation.schemas import check_json
from olbuild.artifact.variants.read import parse_variants
from olbuild.core.content import MANIFEST_LIMIT, BytesContent, Content, Descriptor, decode_json
from olbuild.core.names import INDEXES, Digest, MediaType

KINDS = ("manifest", "split", "index", "config", "params", "messages", "tests")
"""What a document can be: the schema of each is ``registry-spec/schemas/KIND.schema.json``."""


def kind_of(data: bytes) -> str:
    """Return what a document looks like, by what stands in it.

    Raises:
        FormatError: if it is not JSON.
    """
    value = decode_json(data, "the document")
    if isinstance(value, list):
        return "tests" if any(isinstance(item, dict) and "prompt" in item for item in value) else "messages"
    if not isinstance(value, dict):
        return "params"
    if "manifests" in value:
        return "index"
    if "layers" in value or "schemaVersion" in value:
        return "split" if value.get("artifactType") == MediaType.SPLIT_ARTIFACT else "manifest"
    return "config" if "modelfs" in value else "params"


def validate_document(
    findings: Findings, kind: str, data: bytes, fetch: Fetch, *, layers: Sequence[Digest] | None = None
) -> None:
    """Note everything that is wrong with a document.

    Args:
        findings: where it is noted.
        kind: one of ``KINDS``.
        data: the document.
        fetch: gives what a manifest names, as far as it is there; ``NotFoundError`` is no finding.
        layers: those of the manifest that a config belongs to, if that is known.
    """
    match kind:
        case "manifest":
            _manifest(findings, data, fetch)
        case "split":
            _split(findings, data, fetch)
        case "index":
            if check_json(findings, "index", "index", data) is not None:
                findings.ask("index", "$", parse_variants, data, "the index")
        case "config":
            check_config(findings, data, layers)
        case _:
            check_part(findings, kind, kind, data)


def _manifest(findings: Findings, data: bytes, fetch: Fetch) -> None:
    root = _root(findings, "manifest", data)
    if root is not None:
        manifest = findings.ask("manifest", "$", read_manifest, root, _with(root, data, fetch), "the manifest")
        if manifest is not None:
            check_model(findings, manifest, fetch)


def _split(findings: Findings, data: bytes, fetch: Fetch) -> None:
    root = _root(findings, "split", data)
    if root is not None:
        findings.ask("split", "$", read_whole, root, _with(root, data, fetch))


def _root(findings: Findings, kind: str, data: bytes) -> Descriptor | None:
    """Check that a document can be a manifest, and against its schema; return its descriptor."""
    if len(data) > MANIFEST_LIMIT:
        findings.note(kind, "$", f"it has {len(data)} bytes, more than {MANIFEST_LIMIT}")
        return None
    value = check_json(findings, kind, kind, data)
    stated = value.get("mediaType") if isinstance(value, dict) else None
    media_type = stated if isinstance(stated, str) and stated in INDEXES else MediaType.OCI_MANIFEST.value
    return Descriptor.of(media_type, data)


def _with(root: Descriptor, data: bytes, fetch: Fetch) -> Fetch:
    def get(descriptor: Descriptor) -> Content:
        return BytesContent(data) if descriptor.digest == root.digest else fetch(descriptor)

    return get
