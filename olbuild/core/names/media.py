"""Media types and the roles that layers play in a bundle."""

from __future__ import annotations

from enum import StrEnum


class MediaType(StrEnum):
    """Media types of OCI's image-spec, of CNCF ModelPack (model-spec, ``docs/spec.md``), and of what olbuild adds."""

    OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
    OCI_INDEX = "application/vnd.oci.image.index.v1+json"
    OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
    OCI_EMPTY = "application/vnd.oci.empty.v1+json"
    DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
    DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"

    MODEL_ARTIFACT = "application/vnd.cncf.model.manifest.v1+json"
    MODEL_CONFIG = "application/vnd.cncf.model.config.v1+json"
    MODEL_WEIGHT = "application/vnd.cncf.model.weight.v1.raw"
    MODEL_WEIGHT_CONFIG = "application/vnd.cncf.model.weight.config.v1.raw"
    MODEL_DOC = "application/vnd.cncf.model.doc.v1.raw"

    VARIANTS_ARTIFACT = "application/vnd.olbuild.variants.v1+json"

    SPLIT_ARTIFACT = "application/vnd.olbuild.split.v1+json"
    SPLIT_WHOLE = "application/vnd.olbuild.split.whole.v1+json"
    SPLIT_PART = "application/vnd.olbuild.split.part.v1"


MANIFESTS = frozenset({MediaType.OCI_MANIFEST, MediaType.DOCKER_MANIFEST})
INDEXES = frozenset({MediaType.OCI_INDEX, MediaType.DOCKER_INDEX})
GRAPH_NODES = MANIFESTS | INDEXES
"""Media types whose bytes are JSON that names further content."""
NOT_DISTRIBUTED = frozenset(
    {
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    }
)
"""Media types of layers that come from elsewhere: a manifest is whole without them (OCI image-spec, ``layer.md``)."""


class Role(StrEnum):
    """What a layer is to the model: the value of the annotation ``dev.olbuild.role``."""

    WEIGHTS = "weights"
    PROJECTOR = "projector"
    ADAPTER = "adapter"
    DRAFT = "draft"
    TEMPLATE = "template"
    TEMPLATE_JINJA = "template.jinja"
    SYSTEM = "system"
    PARAMETERS = "params"
    MESSAGES = "messages"
    LICENSE = "license"
    TESTS = "tests"
