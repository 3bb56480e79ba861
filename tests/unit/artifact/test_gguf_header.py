"""What a header says, against the gguf package as the oracle."""

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from olbuild.artifact.weights.gguf import FILE_TYPES, TENSOR_TYPES, Header, ValueType, is_gguf, read_header
from olbuild.core.content import BytesContent, FileContent
from olbuild.core.errors import FormatError
from olbuild.testing.gguf import TensorSpec, Typed, Value, gguf_bytes, write_gguf
from olbuild.testing.models import adapter_bytes, model_bytes, model_metadata, model_tensors, vocabulary_metadata
from tests.tools import ROOT
from tests.unit.artifact.contents import WatchedContent

LORA = ROOT / "tests" / "data" / "smollm2-lora" / "smollm2-lora-f16.gguf"
EVERY_NUMBER: dict[str, Value] = {
    "a.u8": Typed(ValueType.UINT8, 255),
    "a.i8": Typed(ValueType.INT8, -128),
    "a.u16": Typed(ValueType.UINT16, 65535),
    "a.i16": Typed(ValueType.INT16, -32768),
    "a.u32": Typed(ValueType.UINT32, 2**32 - 1),
    "a.i32": Typed(ValueType.INT32, -(2**31)),
    "a.f32": Typed(ValueType.FLOAT32, 0.5),
    "a.bool": True,
    "a.u64": Typed(ValueType.UINT64, 2**64 - 1),
    "a.i64": Typed(ValueType.INT64, -(2**63)),
    "a.f64": Typed(ValueType.FLOAT64, 0.1),
}


def _agrees_with_oracle(path: Path) -> Header:
    header = read_header(FileContent.of(path), path.name)
    oracle = gguf.GGUFReader(path)
    fields = {key: field.contents() for key, field in oracle.fields.items() if not key.startswith("GGUF.")}
    mine = {**header.metadata, **{key: list(header.array(key) or ()) for key in header.arrays}}
    assert mine == fields
    assert header.data_offset == oracle.data_offset
    assert header.alignment == oracle.alignment
    assert [
        (tensor.name, tensor.shape, tensor.type.number, tensor.elements, tensor.offset, tensor.size)
        for tensor in header.tensors
    ] == [
        (
            tensor.name,
            tuple(int(dimension) for dimension in tensor.shape),
            tensor.tensor_type.value,
            int(tensor.n_elements),
            int(tensor.data_offset),
            int(tensor.n_bytes),
        )
        for tensor in oracle.tensors
    ]
    return header


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("alignment", [32, 64, 8])
def test_agrees_on_files_of_our_writer(tmp_path: Path, version: int, alignment: int) -> None:
    metadata: dict[str, Value] = {**vocabulary_metadata(50), **EVERY_NUMBER, "a.empty": "", "a.text": "ünïcode\nline"}
    path = write_gguf(tmp_path / "m.gguf", metadata, model_tensors(), version=version, alignment=alignment)
    header = _agrees_with_oracle(path)
    assert header.version == version
    assert header.alignment == alignment


def test_agrees_on_a_file_of_the_gguf_package(tmp_path: Path) -> None:
    path = tmp_path / "theirs.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("theirs")
    writer.add_array("llama.floats", [0.5, 1.5])
    writer.add_array("llama.flags", [True, False])
    writer.add_token_list([b"a", "ä".encode()])
    writer.add_tensor("a.weight", np.ones((3, 64), dtype=np.float32))
    writer.add_tensor("b.weight", np.ones((5,), dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert _agrees_with_oracle(path).architecture == "llama"


def test_agrees_on_a_real_adapter() -> None:
    assert len(_agrees_with_oracle(LORA).tensors) == 420


def test_agrees_on_a_real_model(smollm2: Path) -> None:
    assert _agrees_with_oracle(smollm2).arrays["tokenizer.ggml.tokens"].count == 49_152


def test_every_tensor_type_is_as_the_oracle_has_it() -> None:
    oracle = {kind.value: (kind.name, *gguf.GGML_QUANT_SIZES[kind]) for kind in gguf.GGMLQuantizationType}
    # As libggml itself answers: the package is wrong about the first (which no file holds) and older than the second.
    oracle |= {9: ("Q8_1", 32, 36), 42: ("Q2_0", 64, 18)}
    assert {number: (kind.name, kind.block, kind.size) for number, kind in TENSOR_TYPES.items()} == oracle
    assert all(kind.number == number for number, kind in TENSOR_TYPES.items())


def test_every_file_type_is_as_the_oracle_has_it() -> None:
    named = {kind.value: kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in gguf.LlamaFileType}
    del named[1024]
    assert named | {41: "Q2_0"} == FILE_TYPES  # newer than the package: llama.h of llama.cpp 0.5


def test_arrays_are_not_read_until_they_are_asked_for() -> None:
    numbers = Typed(ValueType.ARRAY, [7] * 1_000_000, ValueType.INT32)
    data = gguf_bytes({"big": numbers, **model_metadata()}, model_tensors())
    content = WatchedContent(data)
    header = read_header(content, "m")
    assert sum(size for _, size in content.reads) < 1_000_000
    assert header.array("big") == (7,) * 1_000_000


def test_a_large_header_is_read_in_few_and_growing_pieces() -> None:
    data = gguf_bytes(vocabulary_metadata(150_000), model_tensors())
    content = WatchedContent(data)
    header = read_header(content, "m")
    assert header.arrays["tokenizer.ggml.merges"].count == 150_000
    assert len(content.reads) <= 8
    assert sum(size for _, size in content.reads) <= len(data)


@pytest.mark.parametrize("first", range(40, 60))
def test_pieces_may_end_anywhere(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = gguf_bytes({**vocabulary_metadata(300), "tail": "end"}, model_tensors())
    whole = read_header(BytesContent(data), "m")
    monkeypatch.setattr("olbuild.artifact.weights.gguf.cursor._FIRST", first)
    monkeypatch.setattr("olbuild.artifact.weights.gguf.cursor._LARGEST", first)
    content = WatchedContent(data)
    assert read_header(content, "m") == whole
    assert len(content.reads) > 100


def test_nested_arrays_are_passed_over() -> None:
    inner = Typed(ValueType.ARRAY, ["x", "yz"], ValueType.STRING)
    nested = Typed(ValueType.ARRAY, [inner, inner], ValueType.ARRAY)
    header = read_header(BytesContent(gguf_bytes({"nested": nested, "after": "here"})), "m")
    assert header.metadata == {"after": "here"}
    assert header.arrays["nested"].type is ValueType.ARRAY
    with pytest.raises(FormatError, match="nested"):
        header.array("nested")


def test_text_that_is_not_utf8_is_read_with_replacements() -> None:
    assert read_header(BytesContent(gguf_bytes({"a": "b\udcff"})), "m").metadata == {"a": "b\N{REPLACEMENT CHARACTER}"}


def test_typed_access() -> None:
    header = read_header(BytesContent(gguf_bytes({"text": "a", "number": 1, "flag": True, "list": ["a"]})), "m.gguf")
    assert (header.text("text"), header.text("none")) == ("a", None)
    assert (header.integer("number"), header.integer("none")) == (1, None)
    assert header.array("none") is None
    for key in ("number", "flag", "list"):
        with pytest.raises(FormatError, match=rf"m\.gguf: {key} is not text"):
            header.text(key)
    for key in ("text", "flag", "list"):
        with pytest.raises(FormatError, match=rf"{key} is not a whole number"):
            header.integer(key)


def test_a_file_that_shrank_is_an_error_when_an_array_is_read() -> None:
    data = gguf_bytes({"list": ["abc"]})
    header = read_header(BytesContent(data), "m")
    place = header.arrays["list"]
    assert place.offset + place.size == len(data)
    object.__setattr__(header, "content", BytesContent(data[:-1]))
    with pytest.raises(FormatError, match="ends inside the array list"):
        header.array("list")


def test_the_writer_is_deterministic_and_its_data_differ_by_seed() -> None:
    assert model_bytes(seed=1) == model_bytes(seed=1)
    assert model_bytes(seed=1) != model_bytes(seed=2)
    assert is_gguf(BytesContent(adapter_bytes()))
    assert not is_gguf(BytesContent(b"GG"))


def test_a_model_without_tensors_needs_no_padding() -> None:
    data = gguf_bytes({"general.architecture": "test"})
    assert len(data) == 68  # the size that Ollama's tests pin for this file
    assert read_header(BytesContent(data), "m").tensors == ()


def test_tensors_may_have_gaps_between_them() -> None:
    data = gguf_bytes({}, [TensorSpec("a", (8,)), TensorSpec("b", (8,))]) + bytes(32)
    moved = data.replace(struct.pack("<IQ", 0, 32), struct.pack("<IQ", 0, 64))
    assert moved != data
    header = read_header(BytesContent(moved), "m")
    assert header.tensors[1].offset == header.data_offset + 64
