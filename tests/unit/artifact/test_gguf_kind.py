"""What a file is to a model, and how it is described: by its header, never by its name."""

import pytest

from olbuild.artifact.bundle import Metadata
from olbuild.artifact.weights.gguf import Header, ValueType, describe, kind, read_header
from olbuild.core.content import BytesContent, FileContent
from olbuild.core.errors import FormatError
from olbuild.core.names import Role
from olbuild.testing.gguf import TensorSpec, Typed, Value, gguf_bytes
from olbuild.testing.models import adapter_bytes, model_bytes, model_metadata, model_tensors, projector_bytes
from tests.unit.artifact.test_gguf_header import LORA


def _header(metadata: dict[str, Value], tensors: tuple[TensorSpec, ...] = ()) -> Header:
    return read_header(BytesContent(gguf_bytes(metadata, tensors)), "misleading-mmproj-adapter.gguf")


@pytest.mark.parametrize(
    ("metadata", "role"),
    [
        ({}, Role.WEIGHTS),
        ({"general.architecture": "llama"}, Role.WEIGHTS),
        ({"general.architecture": "llama", "general.type": "model"}, Role.WEIGHTS),
        ({"general.architecture": "llama", "general.type": "adapter"}, Role.ADAPTER),
        ({"general.architecture": "clip"}, Role.PROJECTOR),
        ({"general.architecture": "clip", "clip.has_vision_encoder": True}, Role.PROJECTOR),
        ({"general.architecture": "clip", "general.type": "mmproj"}, Role.PROJECTOR),
        ({"general.architecture": "x", "general.type": "projector"}, Role.PROJECTOR),
        ({"general.architecture": "mllama", "mllama.vision.block_count": 3}, Role.PROJECTOR),
        (
            {"general.architecture": "gemma3", "gemma3.vision.block_count": 3, "gemma3.block_count": 9},
            Role.WEIGHTS,
        ),
        ({"general.architecture": "gemma3", "gemma3.vision.block_count": 0}, Role.WEIGHTS),
    ],
)
def test_the_header_says_what_a_file_is(metadata: dict[str, Value], role: Role) -> None:
    assert kind(_header(metadata)) is role


@pytest.mark.parametrize(("stated", "reason"), [("imatrix", "an importance matrix"), ("vocab", "a vocabulary")])
def test_what_is_no_part_of_a_model_is_refused(stated: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        kind(_header({"general.type": stated}))


def test_a_type_that_is_no_text_is_refused() -> None:
    with pytest.raises(FormatError, match=r"general\.type is not text"):
        kind(_header({"general.type": 7}))


def test_real_and_tiny_files() -> None:
    assert kind(read_header(FileContent.of(LORA), "lora")) is Role.ADAPTER
    assert kind(read_header(BytesContent(model_bytes()), "m")) is Role.WEIGHTS
    assert kind(read_header(BytesContent(adapter_bytes()), "a")) is Role.ADAPTER
    assert kind(read_header(BytesContent(projector_bytes()), "p")) is Role.PROJECTOR


def test_a_model_is_described() -> None:
    metadata: dict[str, Value] = {
        **model_metadata("  Tiny Model "),
        "general.file_type": 15,
        "general.license": "apache-2.0",
        "general.languages": ["en", "de"],
        "llama.vision.block_count": 2,
    }
    assert describe([_header(metadata, model_tensors())]) == Metadata(
        architecture="llama",
        name="Tiny Model",
        parameters=32 * 16 + 32 * 32 + 32 * 32 + 32,
        quantization="Q4_K_M",
        context_length=64,
        licenses=("apache-2.0",),
        languages=("en", "de"),
        vision=True,
    )


def test_an_embedding_model_and_a_model_that_hears() -> None:
    pooled = _header({"general.architecture": "bert", "bert.pooling_type": 1})
    assert describe([pooled]).embedding
    hearing = _header({"general.architecture": "clip", "clip.has_audio_encoder": True})
    assert describe([pooled], [hearing]).audio
    assert describe([], [hearing]) == Metadata(audio=True)


def test_the_real_model(smollm2: object) -> None:
    header = read_header(FileContent.of(smollm2), "smollm2")  # type: ignore[arg-type]
    assert describe([header]) == Metadata(
        architecture="llama",
        name="Smollm2 135M 8k Lc100K Mix1 Ep2",
        parameters=134_515_008,
        quantization="Q4_1",
        context_length=8192,
        licenses=("apache-2.0",),
        languages=("en",),
    )


@pytest.mark.parametrize(
    ("stated", "name"),
    [(15, "Q4_K_M"), (1024 + 7, "Q8_0"), (0, "F32"), (99, "Q8_0"), (-1, "Q8_0"), ("Q4", "Q8_0"), (None, "Q8_0")],
)
def test_the_quantization_is_stated_or_that_of_most_elements(stated: int | str | None, name: str) -> None:
    metadata = {key: value for key, value in model_metadata().items() if key != "general.file_type"}
    if stated is not None:
        metadata["general.file_type"] = stated
    assert describe([_header(metadata, model_tensors())]).quantization == name


def test_a_description_passes_over_values_of_the_wrong_type() -> None:
    metadata: dict[str, Value] = {
        "general.architecture": "llama",
        "general.name": 7,
        "general.license": [1, 2],
        "general.languages": "en",
        "llama.context_length": "long",
    }
    assert describe([_header(metadata)]) == Metadata(architecture="llama", languages=("en",))


def test_a_list_of_a_million_languages_is_passed_over() -> None:
    languages = Typed(ValueType.ARRAY, ["en"] * 100_000, ValueType.STRING)
    assert describe([_header({"general.languages": languages})]).languages == ()
