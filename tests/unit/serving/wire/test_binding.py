"""JSON as Go's decoder reads it into a struct."""

from typing import Any

import msgspec
import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.wire.binding import read


class Inner(msgspec.Struct):
    name: str = ""
    wide: float = 0.0


class Outer(msgspec.Struct):
    model: str = ""
    stream: bool | None = None
    count: int = 0
    inner: Inner | None = None
    many: list[Inner] = []
    texts: list[str] = []
    table: dict[str, Any] = {}
    anything: Any = None
    from_: str = msgspec.field(name="from", default="")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"null", Outer()),
        (b'{"model": null, "stream": null, "many": null}', Outer()),
        (b'{"MODEL": "a", "unknown": {"x": [1]}}', Outer(model="a")),
        (b'{"model": "a", "Model": "b"}', Outer(model="b")),
        (b'{"model": "a"} trailing', Outer(model="a")),
        (b' \n{"from": "x", "count": 3.0}', Outer(from_="x", count=3)),
        (b'{"many": [{"NAME": "n"}, null], "texts": ["a", null]}', Outer(many=[Inner("n"), Inner()], texts=["a", ""])),
        (b'{"table": {"a": null, "b": [1]}, "anything": 1}', Outer(table={"a": None, "b": [1]}, anything=1)),
        (b'{"model": "a\xff"}', Outer(model="a\ufffd")),
        (rb'{"model": "a\ud800b"}', Outer(model="a\ufffdb")),
        (b'{"inner": {"wide": 1}}', Outer(inner=Inner(wide=1.0))),
    ],
)
def test_what_go_takes_is_taken(body: bytes, expected: Outer) -> None:
    assert read(body, Outer) == expected


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "missing request body"),
        (b"  ", "missing request body"),
        (b"[]", "json: cannot unmarshal array into Go value of type api.Outer"),
        (b'{"model": 5}', "json: cannot unmarshal number into Go struct field Outer.model of type string"),
        (b'{"model": true}', "json: cannot unmarshal bool into Go struct field Outer.model of type string"),
        (b'{"stream": "no"}', "json: cannot unmarshal string into Go struct field Outer.stream of type bool"),
        (b'{"count": 1.5}', "json: cannot unmarshal number 1.5 into Go struct field Outer.count of type int"),
        (b'{"many": "x"}', "json: cannot unmarshal string into Go struct field Outer.many of type []api.Inner"),
        (
            b'{"many": [{"name": []}]}',
            "json: cannot unmarshal array into Go struct field Outer.many.name of type string",
        ),
        (b'{"table": []}', "json: cannot unmarshal array into Go struct field Outer.table of type map[string]any"),
        ("ÿ".encode(), "invalid character 'ÿ' looking for beginning of value"),
        (b"{", "unexpected EOF"),
        (b'{"model": "a', "unexpected EOF"),
        (b'{"count": NaN}', "invalid character 'N' looking for beginning of value"),
        (b"[" * 100_000, "exceeded max depth"),
        (b'{"table": ' * 501 + b"1" + b"}" * 501, "exceeded max depth"),
    ],
)
def test_what_go_refuses_is_refused_in_its_words(body: bytes, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(body, Outer)
    assert raised.value.message == text


def test_a_number_that_no_type_holds_is_refused() -> None:
    with pytest.raises(UsageError):
        read(b'{"count": ' + b"9" * 5000 + b"}", Outer)
