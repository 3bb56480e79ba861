"""Laws of the index document."""

import json

from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.content import Descriptor
from olbuild.core.content.canonical import Json
from olbuild.core.errors import OlbuildError
from olbuild.core.names import Digest
from olbuild.storage.store import index

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9/._:-]{0,20}", fullmatch=True)
descriptors = st.builds(
    lambda seed, size: Descriptor(media_type="a/b", digest=Digest.of(seed), size=size),
    st.binary(max_size=4),
    st.integers(0, 2**63 - 1),
)
ours = st.lists(st.tuples(names, descriptors), max_size=5)


@given(data=st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()))
def test_reading_never_crashes(data: bytes) -> None:
    try:
        document = index.parse(data, "index.json")
        list(index.descriptors(document, "index.json"))
    except OlbuildError:
        return


@given(extra=st.dictionaries(st.text(), json_values), others=st.lists(json_values, max_size=4), named=ours)
def test_what_others_wrote_stays(extra: dict[str, Json], others: list[Json], named: object) -> None:
    before: index.Document = {**extra, **index.empty(), "manifests": [{"theirs": other} for other in others]}
    after = before
    assert isinstance(named, list)
    for name, descriptor in named:
        after = index.with_name(after, descriptor, name)
    after = index.parse(index.encode(after, "index.json"), "index.json")
    for name, descriptor in reversed(dict(named).items()):
        assert index.find(after, name, "index.json") == descriptor
        after = index.without_name(after, name)
        assert index.find(after, name, "index.json") is None
    assert after == before
