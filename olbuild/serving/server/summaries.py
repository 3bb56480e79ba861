"""What a model says, and what of it stands only in the header of its weights or in its manifest."""

from __future__ import annotations

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.profiles.ollama.vocabulary import Kind
from olbuild.artifact.weights.gguf import Header, read_header
from olbuild.core.content import Descriptor, decode_json, read_verified
from olbuild.core.errors import OlbuildError
from olbuild.core.names import MediaType
from olbuild.core.records import Frozen, replace
from olbuild.storage.store import Store

_RANK = 4  # LLAMA_POOLING_TYPE_RANK


class Summary(Frozen, kw_only=True):
    """A model.

    Attributes:
        bundle: what it says; its parameters are counted, where a config has rounded them.
        template: the template in the header of its weights, which is Jinja.
        context_length: tokens that it was trained with; 0 if that is not known.
        embedding_length: how long its vectors are; 0 if that is not known.
        ranks: whether it says how well a document answers a question, and makes no vectors.
        parent: the name of what it was made from, as far as it says.
    """

    bundle: Bundle
    template: str = ""
    context_length: int = 0
    embedding_length: int = 0
    ranks: bool = False
    parent: str = ""


def summarise(store: Store, root: Descriptor) -> Summary:
    """Read a model. Blocks.

    Raises:
        OlbuildError: as it cannot be read.
    """
    bundle = read_bundle(root, store.fetch)
    parent = bundle.base.name if bundle.base is not None else _origin(store, root)
    try:
        headers = [read_header(blob.content, "the weights") for blob in bundle.weights]
    except OlbuildError:
        headers = []
    if not headers:
        return Summary(bundle=bundle, parent=parent)
    count = sum(tensor.elements for header in headers for tensor in header.tensors)
    counted = replace(bundle.metadata, parameters=count or bundle.metadata.parameters)
    template = headers[0].metadata.get("tokenizer.chat_template", "")
    return Summary(
        bundle=replace(bundle, metadata=counted),
        template=template if isinstance(template, str) else "",
        context_length=_number(headers[0], "context_length"),
        embedding_length=_number(headers[0], "embedding_length"),
        ranks=_number(headers[0], "pooling_type") == _RANK,
        parent=parent,
    )


def _number(header: Header, name: str) -> int:
    value = header.metadata.get(f"{header.metadata.get('general.architecture')}.{name}", 0)
    return value if isinstance(value, int) else 0


def _origin(store: Store, root: Descriptor) -> str:
    """Return what Ollama notes at the weights that came from another model: the field ``from``."""
    if root.media_type != MediaType.DOCKER_MANIFEST:
        return ""
    document = decode_json(read_verified(store.fetch(root), root, "manifest"), "manifest")
    layers = document.get("layers") if isinstance(document, dict) else None
    for layer in layers if isinstance(layers, list) else []:
        if isinstance(layer, dict) and layer.get("mediaType") == Kind.MODEL:
            origin = layer.get("from")
            return origin if isinstance(origin, str) else ""
    return ""
