"""Shards of one model: order, completeness, and files of another one."""

from itertools import permutations
from pathlib import Path

import gguf
import numpy as np
import pytest

from olbuild.artifact.weights import File, order_shards, select_gguf, shard_names, sort_files
from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import BytesContent, FileContent
from olbuild.core.errors import FormatError, NotFoundError
from olbuild.testing.gguf import TensorSpec, gguf_bytes
from olbuild.testing.models import (
    adapter_bytes,
    model_bytes,
    model_metadata,
    projector_bytes,
    shard_bytes,
    split_metadata,
)


def _file(name: str, data: bytes) -> File[str]:
    return File(name, read_header(BytesContent(data), name or "a blob"), name)


def _shards(count: int = 3, prefix: str = "m", seed: int = 0) -> list[File[str]]:
    return [
        _file(f"{prefix}-{number + 1:05d}-of-{count:05d}.gguf", data)
        for number, data in enumerate(shard_bytes(count, prefix, seed))
    ]


def test_shards_are_ordered_whatever_order_they_come_in() -> None:
    shards = _shards()
    for order in permutations(shards):
        assert order_shards(order) == tuple(shards)


def test_shards_are_ordered_by_their_headers_where_names_say_nothing() -> None:
    unnamed = [_file("", data) for data in shard_bytes(3)]
    assert order_shards(unnamed[::-1]) == tuple(unnamed)


def test_shards_of_the_gguf_package_are_ordered(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama", split_max_tensors=1)
    for number in range(3):
        writer.add_tensor(f"{number}.weight", np.ones((2, 2), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    names = select_gguf(path.name for path in tmp_path.iterdir())
    assert names == shard_names(names[1])
    files = [File(name, read_header(FileContent.of(tmp_path / name), name), name) for name in names]
    assert [file.source for file in order_shards(files[::-1])] == list(names)


def test_a_whole_model_is_one_file() -> None:
    whole = _file("any name.gguf", model_bytes())
    assert order_shards([whole]) == (whole,)
    assert order_shards([]) == ()
    single = _file("m-00001-of-00001.gguf", gguf_bytes(model_metadata() | split_metadata(0, 1, 0)))
    assert order_shards([single]) == (single,)


@pytest.mark.parametrize("absent", [0, 1, 2])
def test_a_missing_shard_is_named(absent: int) -> None:
    shards = _shards()
    missing = shards.pop(absent)
    with pytest.raises(NotFoundError, match=f"{missing.name} of the model's 3 parts is missing"):
        order_shards(shards)


def test_several_missing_shards_are_counted() -> None:
    with pytest.raises(NotFoundError, match=r"m-00002-of-00003\.gguf of .* is missing, and 1 more"):
        order_shards(_shards()[:1])


def test_a_missing_shard_without_names_is_numbered() -> None:
    with pytest.raises(NotFoundError, match="part 2 of the model's 3 parts is missing"):
        order_shards([_file("", data) for data in (shard_bytes(3)[0], shard_bytes(3)[2])])


def test_a_shard_twice() -> None:
    shards = [*_shards(), _file("", shard_bytes(3)[1])]
    with pytest.raises(FormatError, match=r"m-00002-of-00003\.gguf and a blob both are part 2"):
        order_shards(shards)


def test_a_shard_of_a_model_with_another_count() -> None:
    with pytest.raises(FormatError, match=r"one of 2 parts, and .* one of 3: they are of different models"):
        order_shards([*_shards(3)[:1], *_shards(2)[1:]])


def test_a_shard_with_another_name() -> None:
    with pytest.raises(FormatError, match=r"another model than .*: their names begin differently"):
        order_shards([*_shards(3, "a")[:2], *_shards(3, "b")[2:]])


def _custom(number: int, total: int, tensor: str, **metadata: str) -> File[str]:
    entries = {key.replace("_", "."): value for key, value in metadata.items()}
    return _file("", gguf_bytes(entries | split_metadata(number, 2, total), [TensorSpec(tensor, (4,))]))


def test_shards_that_contradict_each_other() -> None:
    first = _custom(0, 2, "a", general_architecture="llama", general_name="one")
    with pytest.raises(FormatError, match=r"they disagree about general\.architecture"):
        order_shards([first, _custom(1, 2, "b", general_architecture="qwen2")])
    with pytest.raises(FormatError, match=r"they disagree about general\.name"):
        order_shards([first, _custom(1, 2, "b", general_name="two")])
    with pytest.raises(FormatError, match="both hold the tensor 'a'"):
        order_shards([first, _custom(1, 2, "a")])
    with pytest.raises(FormatError, match="of a model of 3 tensors, and the parts hold 2"):
        order_shards([first, _custom(1, 3, "b")])
    assert len(order_shards([first, _custom(1, 2, "b", general_name="one")])) == 2


def test_a_name_that_contradicts_its_header() -> None:
    data = shard_bytes(3)[1]
    with pytest.raises(FormatError, match="called part 1 of 3, and its header says part 2 of 3"):
        order_shards([_file("m-00001-of-00003.gguf", data)])
    with pytest.raises(FormatError, match="called one of 3 parts, and is a whole model"):
        order_shards([_file("m-00001-of-00003.gguf", model_bytes())])
    with pytest.raises(FormatError, match="no part 4 of 3"):
        order_shards([_file("m-00004-of-00003.gguf", data)])


@pytest.mark.parametrize(("number", "count"), [(3, 3), (7, 2)])
def test_a_header_whose_numbers_cannot_be(number: int, count: int) -> None:
    with pytest.raises(FormatError, match=f"part {number + 1} of {count}, which cannot be"):
        order_shards([_file("", gguf_bytes(split_metadata(number, count, 0)))])


def test_two_models() -> None:
    with pytest.raises(FormatError, match=r"a\.gguf is a whole model, and b\.gguf holds weights too"):
        order_shards([_file("a.gguf", model_bytes()), _file("b.gguf", model_bytes(seed=9))])
    with pytest.raises(FormatError, match=r"a\.gguf is a whole model"):
        order_shards([*_shards(), _file("a.gguf", model_bytes())])


def test_files_are_sorted_by_what_they_are() -> None:
    projector, adapter = _file("m-00001.gguf", projector_bytes()), _file("b.gguf", adapter_bytes())
    shards = _shards()
    files = sort_files([shards[2], projector, shards[0], adapter, shards[1]])
    assert files.weights == tuple(shards)
    assert files.projectors == (projector,)
    assert files.adapters == (adapter,)


def test_names_of_a_folder() -> None:
    names = ["readme.md", "b.gguf", ".hidden.gguf", "A.GGUF", "b.gguf.part"]
    assert select_gguf(names) == ("A.GGUF", "b.gguf")
    with pytest.raises(NotFoundError, match="models holds no GGUF file"):
        select_gguf(["x.bin"], "models")


def test_names_of_shards() -> None:
    assert shard_names("whole.gguf") == ("whole.gguf",)
    assert shard_names("a-b-00002-of-00002.gguf") == ("a-b-00001-of-00002.gguf", "a-b-00002-of-00002.gguf")
    assert shard_names("A-00001-of-00001.GGUF") == ("A-00001-of-00001.GGUF",)
    with pytest.raises(FormatError, match="no part 0"):
        shard_names("a-00000-of-00002.gguf")
