"""Laws of showing: what a model says on top of its base gives it again, and a Modelfile of it means what it says."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from olbuild.api.showing import written
from olbuild.artifact.bundle import Base, Bundle, Message, ParameterValue, Template, Test, overlay, subtract, without
from olbuild.building.sources.texts import stage_content
from olbuild.core.names import Digest
from olbuild.core.records import replace
from olbuild.language.modelfile import elaborate
from olbuild.language.modelfile.spell import Beside

# What is awkward in a Modelfile is likely: quotes, line ends, blanks at the ends, comments, arguments.
AWKWARD = st.sampled_from(
    ['"', '"""', "\n", "\r\n", " ", "\t", "#", "$", "${X}", "$${X}", "FROM x", "--", "\\", "'", "é", "\x07"]
)
texts = (
    st.lists(AWKWARD | st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=1, max_size=6)
    .map("".join)
    .filter(bool)
)
words = st.text("abcdefghijklmnopqrstuvwxyz.-_", min_size=1, max_size=8)
parameters: st.SearchStrategy[Mapping[str, ParameterValue]] = st.fixed_dictionaries(
    {},
    optional={
        "num_ctx": st.integers(1, 1 << 20),
        "temperature": st.sampled_from([0, 0.5, 1]),
        "use_mmap": st.booleans(),
        "stop": st.lists(texts, min_size=1, max_size=2).map(tuple),
    },
)
tests = st.lists(
    st.builds(
        Test,
        prompt=texts,
        contains=st.lists(texts, min_size=1, max_size=2).map(tuple),
        max_tokens=st.none() | st.integers(1, 9),
        json_schema=st.none() | st.just({"type": "string"}),
    ),
    max_size=2,
).map(tuple)


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    return Bundle(
        template=draw(st.none() | st.builds(Template, text=texts, language=st.just("jinja"))),
        system=draw(st.none() | texts),
        parameters=draw(parameters),
        messages=draw(
            st.lists(st.builds(Message, role=st.sampled_from(["user", "assistant"]), content=texts), max_size=2).map(
                tuple
            )
        ),
        tests=draw(tests),
        licenses=tuple(dict.fromkeys(draw(st.lists(texts, max_size=2)))),
        requires=draw(st.none() | st.just("0.14.0")),
        labels=draw(
            st.dictionaries(words.filter(lambda word: word[0].isalpha() and word[-1].isalpha()), texts, max_size=2)
        ),
    )


@given(bundles(), bundles())
def test_what_is_said_on_top_of_a_base_gives_the_model_again(base: Bundle, child: Bundle) -> None:
    whole = replace(overlay(base, child), base=Base(name="me/base", digest=Digest.of(b"base")))
    found = subtract(whole, base)
    if found is None:
        return
    own, removals = found
    assert replace(overlay(without(base, removals), own), base=whole.base) == whole
    assert subtract(whole, whole) == (Bundle(), ())


@given(bundles(), bundles())
def test_any_two_models_of_the_same_weights_differ_by_what_can_be_said(one: Bundle, other: Bundle) -> None:
    found = subtract(one, other)
    assert found is not None
    own, removals = found
    assert overlay(without(other, removals), own) == one


@given(bundles())
def test_a_modelfile_means_what_the_model_says(bundle: Bundle) -> None:
    shown = written(bundle)
    elaborated = elaborate(f"FROM ./model.gguf\n{shown.text}", Beside(shown.files))
    seen = stage_content(replace(elaborated.stages[-1], template=None), None)
    template = elaborated.stages[-1].template
    assert (template.text if template else None) == (bundle.template.text if bundle.template else None)
    lost = {loss.partition(":")[0] for loss in shown.losses}
    assert all(loss.startswith(("the test", "the label", "the parameter")) for loss in lost)
    if not lost:
        assert seen == replace(bundle, template=None)
    assert (seen.system, seen.messages, seen.licenses) == (bundle.system, bundle.messages, bundle.licenses)
