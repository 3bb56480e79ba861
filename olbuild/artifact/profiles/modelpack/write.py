"""Write a bundle as a ModelPack artifact. The same bundle gives the same bytes, always and everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from olbuild.artifact.bundle import Blob, Bundle, Test
from olbuild.artifact.profiles.manifest import image_graph, read_manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.artifact.profiles.modelpack.compiled import compiled_annotations
from olbuild.artifact.profiles.modelpack.config import encode_config
from olbuild.artifact.profiles.modelpack.documents import encode_messages, encode_parameters
from olbuild.artifact.profiles.modelpack.read import read_layers
from olbuild.core.content import BytesContent, Descriptor, Graph, Node
from olbuild.core.errors import FormatError, UsageError
from olbuild.core.names import Digest, MediaType, Role
from olbuild.core.scale import format_scale


def write(bundle: Bundle) -> Graph:
    """Describe a bundle: layers, config and manifest, whose descriptor is the root. Files are not read.

    Raises:
        FormatError: if the bundle has no weights, a text that is not valid Unicode, more than a manifest can hold, or
            anything else that ``read`` would refuse.
        UsageError: if a label has a name that the format uses itself.
    """
    if not bundle.weights:
        raise FormatError("a model needs weights", hint="begin with FROM and a GGUF file or another model")
    try:
        return _write(bundle)
    except UnicodeEncodeError as error:
        before = error.object[max(0, error.start - 20) : error.start]
        raise FormatError(f"a text of the model is not valid Unicode, after {before!a}") from None
    except ValueError as error:  # of the encoder of JSON
        raise FormatError(f"the model cannot be written: {error}") from None


def losses(_bundle: Bundle) -> tuple[str, ...]:
    """Say what of a bundle the format cannot carry: nothing, because a bundle is what the format was made for."""
    return ()


def _write(bundle: Bundle) -> Graph:
    layers = [*_files(bundle), *_texts(bundle), *_extras(bundle)]
    config = _node(MediaType.MODEL_CONFIG, encode_config(bundle, [node.descriptor.digest for node in layers]))
    graph = image_graph(config, layers, artifact_type=MediaType.MODEL_ARTIFACT, annotations=_annotations(bundle))
    _read_back(graph)
    return graph


def _read_back(graph: Graph) -> None:
    """Read the artifact as everybody else will: the rules stand in one place, and nothing is written against them."""
    fetch = graph.fetcher()
    read_layers(read_manifest(graph.root, fetch, "the model"), fetch)


def _files(bundle: Bundle) -> Iterator[Node]:
    groups: tuple[tuple[Role, Sequence[Blob]], ...] = (
        (Role.WEIGHTS, bundle.weights),
        (Role.PROJECTOR, bundle.projectors),
        (Role.ADAPTER, bundle.adapters),
        (Role.DRAFT, bundle.drafts),
    )
    for role, blobs in groups:
        place = words.PLACES[role]
        for index, blob in enumerate(blobs):
            descriptor = Descriptor(
                media_type=place.media_type,
                digest=blob.digest,
                size=blob.size,
                annotations=layer_annotations(role, place.title(index, len(blobs)), blob.scale),
            )
            yield Node(descriptor, blob.content)


def _texts(bundle: Bundle) -> Iterator[Node]:
    for role, texts in _contents(bundle):
        place = words.PLACES[role]
        for index, data in enumerate(texts):
            title = place.title(index, len(texts))
            if len(data) > words.TEXT_LIMIT:
                raise FormatError(f"{title} has {len(data)} bytes, more than {words.TEXT_LIMIT}")
            annotations = layer_annotations(role, title)
            if role is Role.TEMPLATE_JINJA and bundle.template and bundle.template.compiled:
                annotations |= compiled_annotations(bundle.template.compiled)
            yield _node(place.media_type, data, annotations)


def _contents(bundle: Bundle) -> Iterator[tuple[Role, list[bytes]]]:
    """Yield the bytes of the texts of each role, in the order of layers; what is empty gets no layer."""
    original = jinja = None
    if bundle.template is not None and bundle.template.language == "go":
        original, compiled = bundle.template.text, bundle.template.compiled
        jinja = compiled.text if original and compiled is not None else None
    elif bundle.template is not None:
        jinja = bundle.template.text
    yield Role.TEMPLATE, _encoded(original)
    yield Role.TEMPLATE_JINJA, _encoded(jinja)
    yield Role.SYSTEM, _encoded(bundle.system)
    yield Role.PARAMETERS, [encode_parameters(bundle.parameters)] if bundle.parameters else []
    yield Role.MESSAGES, [encode_messages(bundle.messages)] if bundle.messages else []
    yield Role.TESTS, [_encoded_tests(bundle.tests)] if bundle.tests else []
    yield Role.LICENSE, _encoded(*bundle.licenses)


def _encoded_tests(tests: Sequence[Test]) -> bytes:
    from olbuild.artifact.profiles.modelpack.trials import encode_tests  # noqa: PLC0415 - loads jsonschema, for few

    return encode_tests(tests)


def _extras(bundle: Bundle) -> Iterator[Node]:
    for extra in bundle.extras:
        own = next((key for key in extra.descriptor.annotations if key.startswith(words.OWN)), None)
        if own is not None:  # with a role, it would be read as something else than an extra
            name = extra.path or extra.descriptor.digest.short
            raise FormatError(f"the model: {name[:100]!a} has the annotation {own[:100]!r}, which no extra may have")
        yield Node(extra.descriptor, extra.content)


def _encoded(*texts: str | None) -> list[bytes]:
    return [text.encode("utf-8") for text in texts if text]


def layer_annotations(role: Role, title: str, scale: float | None = None) -> dict[str, str]:
    """Return the annotations that each layer has: a function of its role, title and scale.

    Raises:
        FormatError: if the scale is none that can be written.
    """
    return {
        **_scale(title, scale),
        words.FILEPATH: title,
        words.UNTESTED: "false",  # what each file is was read from its header, not guessed
        words.TITLE: title,
        words.ROLE: role.value,
        words.INSTRUCTION: words.PLACES[role].instruction,
    }


def _scale(title: str, scale: float | None) -> dict[str, str]:
    if scale is None or scale == 1:
        return {}
    try:
        return {words.SCALE: format_scale(scale)}
    except ValueError as error:
        raise FormatError(f"{title} cannot have the scale {scale:g}: {error}") from None


def _annotations(bundle: Bundle) -> dict[str, str]:
    for label in bundle.labels:
        if not label or words.is_reserved(label):
            raise UsageError(
                f"a label cannot be called {label!r}", hint="names that begin with dev.olbuild. are olbuild's own"
            )
    if bundle.created is not None and not words.is_time(bundle.created):
        raise FormatError(f"the time of creation {bundle.created!r} is not an RFC 3339 time")
    stated: dict[str, str | None] = {
        **bundle.labels,
        words.BASE_NAME: bundle.base.name if bundle.base else None,
        words.BASE_DIGEST: str(bundle.base.digest) if bundle.base else None,
        words.CREATED: bundle.created,
        words.RENDERER: bundle.renderer or None,
        words.PARSER: bundle.parser or None,
        words.REQUIRES: bundle.requires or None,
    }
    return {key: value for key, value in stated.items() if value is not None}


def _node(media_type: MediaType, data: bytes, annotations: dict[str, str] | None = None) -> Node:
    descriptor = Descriptor(
        media_type=media_type, digest=Digest.of(data), size=len(data), annotations=annotations or {}
    )
    return Node(descriptor, BytesContent(data))
