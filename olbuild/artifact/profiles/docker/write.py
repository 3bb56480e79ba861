"""Write a bundle as Docker Model Runner writes a model: config v0.1, a raw layer for each file.

What Docker Model Runner does not publish a type for is left out, and not squeezed in: its runner would ignore it.
"""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.artifact.bundle import Bundle, Template
from olbuild.artifact.profiles.docker import vocabulary as words
from olbuild.artifact.profiles.docker.vocabulary import DockerType
from olbuild.artifact.profiles.losses import Part, left_out, names
from olbuild.artifact.profiles.manifest import image_graph
from olbuild.artifact.profiles.modelpack import vocabulary as modelpack
from olbuild.artifact.profiles.modelpack.config import parameter_size
from olbuild.core.content import BytesContent, Descriptor, Graph, Node, canonical_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.names import Role

_NO_PLACE: tuple[Part, ...] = (
    *("adapters", "drafts", "system", "messages", "tests"),
    *("renderer", "parser", "requires", "labels", "base", "extras"),
)


def write(bundle: Bundle) -> Graph:
    """Describe a bundle as Docker Model Runner would: layers, config and manifest. Files are not read.

    Raises:
        FormatError: if the bundle has no weights, or a text that is not valid Unicode.
    """
    if not bundle.weights:
        raise FormatError("a model needs weights", hint="begin with FROM and a GGUF file or another model")
    try:
        layers = [*_files(bundle), *_texts(bundle)]
        config = _config(bundle, layers)
    except ValueError as error:  # of the encoders: half a character
        raise FormatError(f"the model cannot be written: {error}") from None
    return image_graph(config, layers)


def losses(bundle: Bundle) -> tuple[str, ...]:
    """Say what of a bundle is left out."""
    found: list[str] = []
    if len(bundle.projectors) > 1:
        found.append(f"{len(bundle.projectors) - 1} of {len(bundle.projectors)} projectors are left out: it takes one")
    template = bundle.template
    if template is not None and template.text and template.language == "go":
        if _jinja(template) is None:
            found.append("the Go template is left out: it has no Jinja that runs elsewhere")
        else:
            found.append("the Go template is left out: the Jinja it was compiled to stays")
    others = [name for name in bundle.parameters if name != words.CONTEXT or _context(bundle) is None]
    if others:
        found.append(f"the parameters {names(others)} are left out: only {words.CONTEXT} has a place")
    return (*found, *left_out(bundle, _NO_PLACE))


def _files(bundle: Bundle) -> Iterator[Node]:
    projectors = bundle.projectors[:1]
    for role, media_type, blobs in (
        (Role.WEIGHTS, DockerType.GGUF, bundle.weights),
        (Role.PROJECTOR, DockerType.PROJECTOR, projectors),
    ):
        for index, blob in enumerate(blobs):
            title = modelpack.PLACES[role].title(index, len(blobs))
            yield Node(
                Descriptor(media_type=media_type, digest=blob.digest, size=blob.size, annotations=_annotations(title)),
                blob.content,
            )


def _texts(bundle: Bundle) -> Iterator[Node]:
    jinja = _jinja(bundle.template) if bundle.template is not None else None
    if jinja:
        yield _text(DockerType.TEMPLATE, "template.jinja", jinja)
    place = modelpack.PLACES[Role.LICENSE]
    licenses = [text for text in bundle.licenses if text]
    for index, text in enumerate(licenses):
        yield _text(DockerType.LICENSE, place.title(index, len(licenses)), text)


def _text(media_type: DockerType, title: str, text: str) -> Node:
    data = text.encode("utf-8")
    if len(data) > modelpack.TEXT_LIMIT:
        raise FormatError(f"{title} has {len(data)} bytes, more than {modelpack.TEXT_LIMIT}")
    return Node(Descriptor.of(media_type, data, **_annotations(title)), BytesContent(data))


def _annotations(title: str) -> dict[str, str]:
    return {modelpack.FILEPATH: title, modelpack.UNTESTED: "false"}


def _jinja(template: Template) -> str | None:
    """Return the Jinja of a template, if it has one that a runner without olbuild's helper understands."""
    if template.language == "jinja":
        return template.text
    compiled = template.compiled
    return compiled.text if compiled is not None and compiled.portable else None


def _context(bundle: Bundle) -> int | None:
    value = bundle.parameters.get(words.CONTEXT)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= words.LARGEST_CONTEXT else None  # type: ignore[operator, return-value]


def _config(bundle: Bundle, layers: list[Node]) -> Node:
    metadata = bundle.metadata
    stated: dict[str, Json] = {
        "format": "gguf",
        "quantization": metadata.quantization,
        "parameters": parameter_size(metadata.parameters),
        "architecture": metadata.architecture,
        "context_size": _context(bundle),
    }
    document: dict[str, Json] = {
        "config": {key: value for key, value in stated.items() if value is not None},
        "descriptor": {"created": bundle.created} if bundle.created else {},
        "rootfs": {"type": "rootfs", "diff_ids": [str(node.descriptor.digest) for node in layers]},
    }
    data = canonical_json(document)
    return Node(Descriptor.of(DockerType.CONFIG_V01, data), BytesContent(data))
