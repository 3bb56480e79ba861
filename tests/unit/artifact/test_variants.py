"""An index of variants: the same bytes in every order, strict about others', and a choice by a written rule."""

import json

import pytest

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles.modelpack import write
from olbuild.artifact.variants import (
    Variant,
    choose,
    describe_variant,
    is_variants,
    read_variants,
    required_memory,
    write_variants,
)
from olbuild.artifact.variants.memory import cache_size
from olbuild.artifact.weights.gguf import Header, read_header
from olbuild.core.content import BytesContent, Descriptor, Graph
from olbuild.core.errors import FormatError, NotFoundError, UsageError
from olbuild.core.names import MediaType, Role
from olbuild.core.records import replace
from olbuild.testing.gguf import Value, gguf_bytes
from olbuild.testing.models import adapter_bytes, model_bytes, shard_bytes
from tests.unit.artifact.contents import blob, fetch_from

GIB = 1 << 30


def variant(name: str, size: int, memory: int | None = None, quantization: str | None = None) -> Variant:
    return Variant(
        name=name,
        manifest=Descriptor.of(MediaType.OCI_MANIFEST, name.encode()),
        size=size,
        memory=size if memory is None else memory,
        quantization=quantization or name,
        parameters=7,
    )


FULL, HALF, QUARTER = variant("F16", 16 * GIB), variant("Q8_0", 8 * GIB), variant("Q4_K_M", 5 * GIB)


def test_the_same_variants_give_the_same_index_in_every_order() -> None:
    first = write_variants([FULL, HALF, QUARTER])
    assert write_variants([QUARTER, FULL, HALF]).descriptor == first.descriptor
    fetch = fetch_from(Graph((first,)))
    assert read_variants(first.descriptor, fetch) == (FULL, HALF, QUARTER)
    assert is_variants(first.descriptor, fetch)
    assert first.descriptor.artifact_type == MediaType.VARIANTS_ARTIFACT


def test_variants_that_need_the_same_stand_in_the_order_of_their_names() -> None:
    node = write_variants([variant("b", 5), variant("a", 4, 5), variant("B2", 5)])
    assert [each.name for each in read_variants(node.descriptor, fetch_from(Graph((node,))))] == ["B2", "a", "b"]


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        ([], "1 to 100"),
        ([variant(f"v{number}", number) for number in range(101)], "1 to 100"),
        ([HALF, variant("q8_0", 1)], "one name|the name"),
        ([HALF, replace(HALF, name="other")], "the same artifact"),
    ],
)
def test_an_index_that_cannot_be_is_not_written(variants: list[Variant], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        write_variants(variants)


def test_an_index_is_known_by_its_entries_where_its_type_was_lost() -> None:
    document = json.loads(write_variants([FULL, HALF]).content.read_at(0, 1 << 20))
    del document["artifactType"]
    data = json.dumps(document).encode()
    root = Descriptor.of(MediaType.OCI_INDEX, data)
    assert is_variants(root, lambda _: BytesContent(data))
    assert read_variants(root, lambda _: BytesContent(data)) == (FULL, HALF)
    del document["manifests"][0]["annotations"]["dev.olbuild.variant"]
    data = json.dumps(document).encode()
    assert not is_variants(Descriptor.of(MediaType.OCI_INDEX, data), lambda _: BytesContent(data))


def test_another_index_is_no_index_of_variants() -> None:
    data = b'{"schemaVersion":2,"manifests":[]}'
    root = Descriptor.of(MediaType.OCI_INDEX, data)
    assert not is_variants(root, lambda _: BytesContent(data))
    assert not is_variants(Descriptor.of(MediaType.OCI_MANIFEST, data), lambda _: BytesContent(data))
    with pytest.raises(FormatError, match="mediaType"):
        read_variants(root, lambda _: BytesContent(data))


@pytest.mark.parametrize(
    ("memory", "name", "fits"),
    [
        (64 * GIB, "F16", True),
        (16 * GIB * 4 // 3 + 1, "F16", True),
        (16 * GIB * 4 // 3 - 1, "Q8_0", True),
        (8 * GIB, "Q4_K_M", True),
        (6 * GIB, "Q4_K_M", False),
        (0, "Q4_K_M", False),
        (None, "F16", True),
    ],
)
def test_the_best_that_fits_is_taken_and_the_smallest_where_none_does(
    memory: int | None,
    name: str,
    fits: bool,  # noqa: FBT001 - what is expected
) -> None:
    choice = choose([FULL, HALF, QUARTER], memory)
    assert (choice.variant.name, choice.fits, choice.asked) == (name, fits, False)


def test_a_larger_file_is_better_than_a_larger_context() -> None:
    fast, good = variant("fast", 4 * GIB, 7 * GIB), variant("good", 5 * GIB, 6 * GIB)
    assert choose([fast, good], 64 * GIB).variant is good


@pytest.mark.parametrize("wanted", ["Q8_0", "q8_0", "Q4_K_M"])
def test_a_variant_that_is_asked_for_is_taken_whatever_it_needs(wanted: str) -> None:
    choice = choose([FULL, HALF, QUARTER], GIB, wanted)
    assert choice.variant.name.casefold() == wanted.casefold()
    assert choice.asked
    assert not choice.fits


def test_a_quantisation_names_the_only_variant_that_has_it() -> None:
    first, second = variant("small", 1, quantization="Q4_0"), variant("large", 2, quantization="Q8_0")
    third = variant("other", 3, quantization="Q8_0")
    assert choose([first, second], None, "q4_0").variant is first
    with pytest.raises(NotFoundError, match="2 variants"):
        choose([first, second, third], None, "Q8_0")
    with pytest.raises(NotFoundError, match="no variant"):
        choose([first, second], None, "Q2_K")


def header(**keys: Value) -> Header:
    metadata: dict[str, Value] = {"general.architecture": "llama"}
    metadata |= {f"llama.{key.replace('__', '.')}": value for key, value in keys.items()}
    return read_header(BytesContent(gguf_bytes(metadata)), "x")


@pytest.mark.parametrize(
    ("found", "size"),
    [
        # Llama 3.1 8B: 32 blocks, 4096 of 131072 tokens, 8 groups of 128 numbers, twice, in 16 bits: 512 MiB.
        (
            header(
                block_count=32,
                context_length=131072,
                embedding_length=4096,
                attention__head_count=32,
                attention__head_count_kv=8,
            ),
            512 << 20,
        ),
        (header(block_count=2, context_length=64, embedding_length=32), 2 * 64 * 64 * 2),
        (header(block_count=2, embedding_length=32, attention__head_count=4), 2 * 4096 * 4 * 16 * 2),
        (header(block_count=1, attention__key_length=10, attention__value_length=6), 4096 * 16 * 2),
        (header(embedding_length=32), 0),
        (header(block_count=-5, embedding_length=32), 0),
        (header(block_count="many", embedding_length=32), 0),
        (header(block_count=1, embedding_length=8, attention__head_count_kv=[1, 2]), 4096 * 16 * 2),
    ],
)
def test_the_cache_follows_the_rule(found: Header, size: int) -> None:
    assert cache_size(found) == size
    assert required_memory(found, 1000) == 1000 + size + (256 << 20)


def test_an_artifact_is_described_by_all_of_its_files() -> None:
    shards = shard_bytes(3)
    bundle = Bundle(
        weights=tuple(blob(Role.WEIGHTS, shard) for shard in shards),
        adapters=(blob(Role.ADAPTER, adapter_bytes()),),
    )
    found = describe_variant(write(bundle).root, bundle, "x")
    assert found.size == sum(map(len, shards)) + len(adapter_bytes())
    assert found.memory == found.size + 2 * 64 * 64 * 2 + (256 << 20)
    assert (found.name, found.quantization, found.parameters) == ("F32", "F32", 2592)
    assert describe_variant(write(bundle).root, bundle, "x", "Full").name == "Full"


@pytest.mark.parametrize("name", ["a b", "-x", "x" * 65, "ä"])
def test_a_name_that_is_none(name: str) -> None:
    bundle = Bundle(weights=(blob(Role.WEIGHTS, model_bytes()),))
    with pytest.raises(UsageError, match="cannot be a variant"):
        describe_variant(write(bundle).root, bundle, "x", name)
