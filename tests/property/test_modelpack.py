"""Laws of the format: what is written reads back, and the same bundle gives the same bytes."""

import json
from contextlib import suppress

from hypothesis import event, given
from hypothesis import strategies as st

from olbuild.artifact.bundle import (
    Base,
    Blob,
    Bundle,
    CompiledTemplate,
    Extra,
    Message,
    Metadata,
    ParameterValue,
    Template,
    Test,
    overlay,
)
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.profiles.modelpack import write
from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import FormatError, OlbuildError, UsageError
from olbuild.core.names import Digest, Role
from olbuild.core.records import replace
from olbuild.language.parameters import PARAMETERS, Kind
from tests.unit.artifact.contents import fetch_from, with_manifest

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
filled = texts.filter(bool)
values = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.lists(texts, max_size=3).map(tuple),
)
kinds: dict[Kind, st.SearchStrategy[ParameterValue]] = {
    "int": st.integers(-(2**53), 2**53),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
    "texts": texts | st.lists(texts, max_size=3).map(tuple),
}
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,9}", fullmatch=True)
parameters = st.builds(
    lambda known, other: {**known, **other},
    st.fixed_dictionaries({}, optional={name: kinds[kind] for name, kind in PARAMETERS.items()}),
    st.dictionaries(names.filter(lambda name: name not in PARAMETERS), values, max_size=4),
)
labels = filled.filter(lambda name: not name.startswith(("dev.olbuild.", "org.opencontainers.image.")))
times = st.datetimes().map(lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"))


def _blobs(role: Role, smallest: int = 0) -> st.SearchStrategy[tuple[Blob, ...]]:
    def make(data: bytes) -> Blob:
        return Blob(role=role, digest=Digest.of(data), size=len(data), content=BytesContent(data))

    return st.lists(st.binary(max_size=9).map(make), min_size=smallest, max_size=3).map(tuple)


scales = st.none() | st.integers(-2_000_000, 2_000_000).map(lambda millionths: millionths / 10**6).filter(
    lambda scale: scale != 1
)
adapters = st.builds(
    lambda blobs, scale: tuple(replace(blob, scale=scale) for blob in blobs), _blobs(Role.ADAPTER), scales
)
short_texts = st.lists(filled, max_size=2).map(tuple)
schemas = (
    st.none()
    | st.booleans()
    | st.fixed_dictionaries({}, optional={"type": st.just("object"), "const": texts, "maximum": st.integers()})
)
tests = st.lists(
    st.builds(
        Test,
        prompt=filled.filter(str.strip),
        name=st.none() | st.from_regex(r"[a-z]{1,3}", fullmatch=True),
        contains=short_texts,
        not_contains=short_texts,
        matches=st.lists(st.sampled_from(["a+", "^x", r"\pL"]), max_size=2).map(tuple),
        json_schema=schemas,
        max_tokens=st.none() | st.integers(1, 1_000_000),
    ),
    max_size=3,
    unique_by=lambda test: test.name or object(),
).map(tuple)
metadata = st.builds(
    Metadata,
    architecture=st.none() | filled,
    name=st.none() | filled,
    parameters=st.none() | st.integers(0, 10**17),
    quantization=st.none() | st.sampled_from(["Q4_K_M", "F16", "BF16", "Q2_0"]),
    context_length=st.none() | st.integers(1, 10**6),
    licenses=st.lists(filled, max_size=2).map(tuple),
    languages=st.lists(st.sampled_from(["en", "de", "deu", ""]), max_size=2).map(tuple),
    embedding=st.booleans(),
    vision=st.booleans(),
    audio=st.booleans(),
)
compiled = st.builds(CompiledTemplate, text=filled, version=st.integers(1, 10**9 - 1), portable=st.booleans())
bundles = st.builds(
    Bundle,
    weights=_blobs(Role.WEIGHTS, 1),
    projectors=_blobs(Role.PROJECTOR),
    adapters=adapters,
    drafts=_blobs(Role.DRAFT),
    template=st.none()
    | st.builds(Template, text=filled, language=st.just("go"), compiled=st.none() | compiled)
    | st.builds(Template, text=filled, language=st.just("jinja")),
    system=st.none() | filled,
    parameters=parameters,
    messages=st.lists(
        st.builds(Message, role=st.sampled_from(["system", "user", "assistant"]), content=texts), max_size=3
    ).map(tuple),
    tests=tests,
    licenses=st.lists(filled, max_size=3).map(tuple),
    renderer=st.none() | filled,
    parser=st.none() | filled,
    requires=st.none() | filled,
    metadata=metadata,
    base=st.none() | st.builds(Base, name=texts, digest=st.binary(max_size=9).map(Digest.of)),
    created=st.none() | times,
    labels=st.dictionaries(labels, texts, max_size=3),
)


paths = st.sampled_from(
    [
        *("README.md", "readme.md", "system.txt", "MODEL.gguf", "model-00001-of-00002.gguf", "LICENSE-2", "a/b"),
        *("../x", "/x", "", "a//b", "C:/x", "a\\b", "\u202e", "params.json"),
    ]
)
annotations = st.fixed_dictionaries(
    {},
    optional={
        "org.cncf.model.filepath": paths,
        "org.opencontainers.image.title": paths,
        "dev.olbuild.role": st.sampled_from(["license", "weights", "voice"]),
        "dev.olbuild.x": texts,
        "": texts,
    },
)


def _extra(media_type: str, data: bytes, stated: dict[str, str]) -> Extra:
    path = stated.get("org.cncf.model.filepath", stated.get("org.opencontainers.image.title"))
    return Extra(path=path, descriptor=Descriptor.of(media_type, data, **stated), content=BytesContent(data))


media_types = st.sampled_from(["", "application/vnd.cncf.model.doc.v1.raw", "a/b"])
extras = st.lists(st.builds(_extra, media_types, st.binary(max_size=9), annotations), max_size=3).map(tuple)
anything = st.builds(
    replace,
    bundles,
    extras=extras,
    parameters=parameters | st.dictionaries(st.sampled_from([*PARAMETERS, "a b", "x"]), values, max_size=2),
    created=st.none()
    | times
    | st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:00Z", fullmatch=True),
    labels=st.dictionaries(st.text(max_size=3) | st.just("dev.olbuild.x"), st.text(max_size=3), max_size=2),
    system=st.none() | st.text(max_size=5),
)


@given(anything)
def test_what_can_be_written_can_be_read(bundle: Bundle) -> None:
    try:
        graph = write(bundle)
    except (FormatError, UsageError) as error:
        event(f"refused: {type(error).__name__}")
        return
    found = read_bundle(graph.root, fetch_from(graph))
    assert found.extras == bundle.extras
    assert write(found) == graph


def _known(bundle: Bundle) -> Bundle:
    """Leave out what a config does not hold exactly."""
    return replace(bundle, metadata=Metadata(), parameters={})


@given(bundles)
def test_what_is_written_reads_back(bundle: Bundle) -> None:
    graph = write(bundle)
    found = read_bundle(graph.root, fetch_from(graph))
    assert _known(found) == _known(bundle)
    for name, value in bundle.parameters.items():
        # A whole float reads back as an integer, with the digits that its shortest form has.
        assert (float(found.parameters[name]) if isinstance(value, float) else found.parameters[name]) == value  # type: ignore[arg-type]
    assert write(found) == graph  # byte for byte: descriptors hold the digests of everything


@given(bundles)
def test_the_order_in_which_things_were_said_does_not_matter(bundle: Bundle) -> None:
    turned = replace(
        bundle,
        parameters=dict(reversed([*bundle.parameters.items()])),
        labels=dict(reversed([*bundle.labels.items()])),
    )
    assert write(turned) == write(bundle)


@given(bundles, bundles)
def test_an_overlay_is_an_artifact_too(base: Bundle, child: Bundle) -> None:
    graph = write(overlay(base, child))
    assert write(read_bundle(graph.root, fetch_from(graph))) == graph


@given(bundles, bundles, bundles)
def test_overlays_are_associative(first: Bundle, second: Bundle, third: Bundle) -> None:
    left, right = overlay(overlay(first, second), third), overlay(first, overlay(second, third))
    assert replace(left, metadata=Metadata()) == replace(right, metadata=Metadata())


@given(bundles, st.data())
def test_a_damaged_manifest_gives_an_error_and_nothing_else(bundle: Bundle, data: st.DataObject) -> None:
    graph = write(bundle)
    document = json.loads(graph.nodes[-1].content.read_at(0, graph.root.size))
    key = data.draw(st.sampled_from([*document, "layers", "annotations"]))
    document[key] = data.draw(
        st.none()
        | st.integers()
        | texts
        | st.lists(st.integers(), max_size=2)
        | st.dictionaries(texts, texts, max_size=2)
    )
    root, fetch = with_manifest(graph, json.dumps(document).encode())
    with suppress(OlbuildError):
        read_bundle(root, fetch)


@given(bundles, st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_gives_an_error_and_nothing_else(bundle: Bundle, position: int, value: int) -> None:
    graph = write(bundle)
    data = bytearray(graph.nodes[-1].content.read_at(0, graph.root.size))
    data[position % len(data)] = value
    root, fetch = with_manifest(graph, bytes(data))
    with suppress(OlbuildError):
        read_bundle(root, fetch)
