"""Laws of every format: what is written reads back without its losses, and where nothing is lost nothing changes."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, event, given, settings
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
)
from olbuild.artifact.profiles import WritableProfile, modelpack, ollama, writable_names, writable_profile
from olbuild.artifact.weights.gguf import describe, read_header
from olbuild.core.content import BytesContent, Descriptor, Graph
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest, Role
from olbuild.core.records import replace
from olbuild.testing.models import adapter_bytes, model_bytes, projector_bytes, shard_bytes
from tests.unit.artifact.contents import blob, fetch_from, read_whole

PROFILES = [writable_profile(name) for name in writable_names()]
filled = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
NAMELESS = Extra(path=None, descriptor=Descriptor.of("a/b", b"?"), content=BytesContent(b"?"))
README = Extra(
    path="README.md",
    descriptor=Descriptor.of(
        "application/vnd.cncf.model.doc.v1.raw", b"# Model", **{"org.cncf.model.filepath": "README.md"}
    ),
    content=BytesContent(b"# Model"),
)


def _some(role: Role, *data: bytes) -> st.SearchStrategy[tuple[Blob, ...]]:
    return st.lists(st.sampled_from([blob(role, each) for each in data]), max_size=2, unique=True).map(tuple)


weights = st.sampled_from([(model_bytes(),), (model_bytes("other", 7),), shard_bytes(3)]).map(
    lambda files: tuple(blob(Role.WEIGHTS, data) for data in files)
)
compiled = st.builds(CompiledTemplate, text=filled, version=st.integers(1, 9), portable=st.booleans())
templates = (
    st.none()
    | st.builds(Template, text=filled, language=st.just("jinja"))
    | st.builds(Template, text=filled, language=st.just("go"), compiled=st.none() | compiled)
)
parameters: st.SearchStrategy[Mapping[str, ParameterValue]] = st.fixed_dictionaries(
    {},
    optional={
        "num_ctx": st.integers(1, 1 << 33),
        "temperature": st.integers(0, 2),
        "stop": st.lists(filled, min_size=1, max_size=2).map(tuple),
    },
)
labels = st.dictionaries(st.sampled_from(["org.example.team", "version"]), filled, max_size=2)


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    files, projectors = draw(weights), draw(_some(Role.PROJECTOR, projector_bytes(), projector_bytes(3)))
    return Bundle(
        weights=files,
        projectors=projectors,
        adapters=draw(_some(Role.ADAPTER, adapter_bytes(), adapter_bytes(9))),
        drafts=draw(st.just(()) | st.just((blob(Role.DRAFT, model_bytes(seed=5)),))),
        template=draw(templates),
        system=draw(st.none() | filled),
        parameters=draw(parameters),
        messages=draw(
            st.lists(st.builds(Message, role=st.sampled_from(["user", "assistant"]), content=filled), max_size=2).map(
                tuple
            )
        ),
        tests=draw(
            st.just(()) | st.builds(Test, prompt=st.just("Hi?"), contains=st.just(("a",))).map(lambda test: (test,))
        ),
        licenses=draw(st.lists(filled, max_size=2, unique=True).map(tuple)),
        renderer=draw(st.none() | st.just("qwen3-coder")),
        parser=draw(st.none() | st.just("qwen3-coder")),
        requires=draw(st.none() | st.just("0.14.0")),
        metadata=_described(files, projectors),
        base=draw(st.none() | st.builds(Base, name=filled, digest=st.just(Digest.of(b"base")))),
        created=draw(st.none() | st.just("2023-11-14T22:13:20Z")),
        labels=draw(labels),
        extras=draw(st.sampled_from([(), (README,), (README, NAMELESS)])),
    )


def _described(files: tuple[Blob, ...], projectors: tuple[Blob, ...]) -> Metadata:
    return describe(*([read_header(each.content, "a file") for each in group] for group in (files, projectors)))


by_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


@by_profile
@settings(max_examples=25)
@given(bundle=bundles())
def test_what_is_read_back_has_lost_all_that_it_can_lose(profile: WritableProfile, bundle: Bundle) -> None:
    graph = _written(profile, bundle)
    found = read_whole(graph.root, fetch_from(graph))
    assert profile.losses(found) == ()
    assert profile.write(found) == graph


@by_profile
@settings(max_examples=25)
@given(bundle=bundles())
def test_where_nothing_is_lost_nothing_changes(profile: WritableProfile, bundle: Bundle) -> None:
    kept = _carried(profile, bundle)
    event(f"whole: {profile.losses(bundle) == ()}")
    assert _back(_written(profile, kept)) == _in_modelpack(kept)


@by_profile
@settings(max_examples=25)
@given(bundle=bundles())
def test_what_is_lost_is_said(profile: WritableProfile, bundle: Bundle) -> None:
    """A bundle that comes back as another one has lost something, and ``losses`` said so."""
    same = _back(_written(profile, bundle)) == _in_modelpack(bundle)
    assert same == (profile.losses(bundle) == ())


def _written(profile: WritableProfile, bundle: Bundle) -> Graph:
    try:
        return profile.write(bundle)
    except FormatError:  # Ollama's format holds one file of weights, and no Jinja
        assume(profile is not ollama)
        raise


def _back(graph: Graph) -> Graph:
    found = read_whole(graph.root, fetch_from(graph))
    return _in_modelpack(replace(found, metadata=_described(found.weights, found.projectors)))


def _in_modelpack(bundle: Bundle) -> Graph:
    """Write a bundle as ModelPack, without what a compiler makes of a Go template: a conversion makes it again."""
    if bundle.template is not None and bundle.template.language == "go":
        bundle = replace(bundle, template=replace(bundle.template, compiled=None))
    return modelpack.write(bundle)


def _carried(profile: WritableProfile, bundle: Bundle) -> Bundle:
    """Take away, one after the other, what a format says that it loses; what is left is carried."""
    empty = Bundle()
    for name in ("adapters", "drafts", "template", "system", "parameters", "messages", "tests", "licenses"):
        bundle = _without(profile, bundle, name, getattr(empty, name))
    for name in ("renderer", "parser", "requires", "labels", "base", "created", "extras", "projectors"):
        bundle = _without(profile, bundle, name, getattr(empty, name))
    bundle = replace(bundle, metadata=_described(bundle.weights, bundle.projectors))
    assume(profile.losses(bundle) == ())
    return bundle


def _without(profile: WritableProfile, bundle: Bundle, name: str, nothing: object) -> Bundle:
    other = replace(bundle, **{name: nothing})  # type: ignore[arg-type]
    return other if len(profile.losses(other)) < len(profile.losses(bundle)) else bundle
