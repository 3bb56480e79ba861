"""What the planner predicts is what llama.cpp reports, within 10 %: for models of all kinds, loaded in many ways."""

import ctypes
from pathlib import Path

import pytest

from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.core.records import replace
from olbuild.llama.buffers import measure
from olbuild.llama.log import LOG
from olbuild.running.devices.machine import this_machine
from olbuild.running.memory import Wishes, plan, read_shape
from olbuild.running.placement import Placement
from olbuild.running.reported import reported
from olbuild.running.runtime import load_runtime
from olbuild.testing.shapes import MINILM, write_shape
from tests.integration.engine.usage import loaded, measured_usage, predicted_usage
from tests.placements import MIB, PLACEMENTS, SHAPES


@pytest.mark.parametrize("name", PLACEMENTS)
def test_a_real_model(smollm2: Path, name: str) -> None:
    measured, predicted = (
        measured_usage(smollm2, PLACEMENTS[name]).on("CPU"),
        predicted_usage(smollm2, PLACEMENTS[name]).on("CPU"),
    )
    assert predicted.weights == pytest.approx(measured.weights, rel=0.01)
    assert predicted.cache == pytest.approx(measured.cache, rel=0.01)
    assert predicted.compute == pytest.approx(measured.compute, rel=0.1)
    assert predicted.total == pytest.approx(measured.total, rel=0.05)


@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K", "Q4_1"])
@pytest.mark.parametrize("shape", SHAPES)
def test_tensors_that_the_processor_has_its_own_order_for(tmp_path: Path, shape: str, kind: str) -> None:
    small = replace(SHAPES[shape], type=kind, layers=4, width=512, forward=768, vocabulary=4096)
    small = replace(small, heads=min(small.heads, 4), head_size=128, kv_heads=min(small.kv_heads, 2))
    small = replace(small, experts=min(small.experts, 8), experts_used=min(small.experts_used, 2))
    path = write_shape(tmp_path / "model.gguf", small)
    for placement in (PLACEMENTS["usual"], PLACEMENTS["read"]):
        measured, predicted = measured_usage(path, placement).on("CPU"), predicted_usage(path, placement).on("CPU")
        assert predicted.weights == pytest.approx(measured.weights, rel=0.02, abs=MIB // 8)
        assert predicted.cache == pytest.approx(measured.cache, rel=0.01, abs=MIB // 50)
        assert predicted.total == pytest.approx(measured.total, rel=0.1)


@pytest.mark.parametrize("name", PLACEMENTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_large_models_without_their_weights(tmp_path: Path, shape: str, name: str) -> None:
    path, placement = write_shape(tmp_path / "model.gguf", SHAPES[shape]), PLACEMENTS[name]
    lines: list[str] = []
    with LOG.watched(lines.append), measure() as measured, loaded(path, placement, allocate=False):
        steps = reported(measured.buffers).on("CPU").compute
    predicted = predicted_usage(path, placement).on("CPU")
    assert predicted.cache == pytest.approx(_cache(lines), rel=0.01)
    assert predicted.compute == pytest.approx(steps, rel=0.1)


def test_a_real_encoder(minilm: Path) -> None:
    placement = Placement(context=512, cells=512, batch=512, outputs=512)
    measured, predicted = measured_usage(minilm, placement).on("CPU"), predicted_usage(minilm, placement).on("CPU")
    assert predicted.weights == pytest.approx(measured.weights, rel=0.01)
    assert predicted.total == pytest.approx(measured.total, rel=0.1)


@pytest.mark.parametrize("flash", [None, False])
@pytest.mark.parametrize("tokens", [128, 512])
def test_an_encoder(tmp_path: Path, tokens: int, flash: bool | None) -> None:  # noqa: FBT001 - three-valued
    path = write_shape(tmp_path / "model.gguf", MINILM)
    placement = Placement(context=tokens, cells=tokens, batch=tokens, outputs=tokens, parallel=4, flash_attention=flash)
    measured, predicted = measured_usage(path, placement).on("CPU"), predicted_usage(path, placement).on("CPU")
    assert (predicted.cache, measured.cache) == (0, 0)
    assert predicted.compute == pytest.approx(measured.compute, rel=0.1)
    assert predicted.total == pytest.approx(measured.total, rel=0.05)


@pytest.mark.parametrize("wishes", [Wishes(), Wishes(context=2048, parallel=8), Wishes(cache_k="q8_0", cache_v="q8_0")])
def test_what_a_loaded_model_says_of_itself(smollm2: Path, wishes: Wishes) -> None:
    planned = plan(read_shape([read_header(FileContent.of(smollm2), "model.gguf")]), wishes, this_machine())
    runtime = load_runtime([smollm2], placement=planned.placement)
    try:
        assert planned.prediction.total == pytest.approx(runtime.facts.memory, rel=0.1)
        assert runtime.facts.context == planned.placement.context
    finally:
        runtime.close()


def _cache(lines: list[str]) -> float:
    """Return what llama.cpp says of caches that it did not make: ``llama_kv_cache: size = 256.00 MiB (...``."""
    marks = ("llama_kv_cache: size = ", "llama_memory_recurrent: size = ")
    sizes = [line.partition("size = ")[2].split()[0] for line in lines if line.startswith(marks)]
    return sum(map(float, sizes)) * MIB


def test_the_pointers_of_devices_are_those_that_llama_cpp_takes() -> None:
    from olbuild.llama.backends import device_list

    assert [bool(pointer) for pointer in device_list(["CPU"])] == [True, False]
    assert ctypes.sizeof(device_list([])) == ctypes.sizeof(ctypes.c_void_p)
