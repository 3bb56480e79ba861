"""What the planner predicts is what llama.cpp reports, within 10 %: for models of all kinds, loaded in many ways."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.core.records import replace
from olbuild.llama.backends import list_backends
from olbuild.llama.bind import bind
from olbuild.llama.buffers import measure
from olbuild.llama.log import LOG
from olbuild.running.devices.machine import this_machine
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.native import context_parameters
from olbuild.running.memory import Wishes, plan, predict, read_shape
from olbuild.running.placement import Placement, Usage
from olbuild.running.reported import reported
from olbuild.running.runtime import load_runtime
from olbuild.testing.shapes import GEMMA3_4B, LLAMA_8B, MAMBA_1B, MINILM, QWEN2_7B, QWEN3_30B, ModelShape, write_shape

MIB = 1 << 20
HYBRID = ModelShape(
    architecture="granitehybrid",
    layers=8,
    width=1536,
    heads=12,
    kv_heads=4,
    head_size=128,
    forward=4096,
    vocabulary=100_352,
    kinds=("recurrent", "recurrent", "recurrent", "attention"),
    state=128,
    tied=True,
)
SHAPES = {
    "llama": LLAMA_8B,
    "qwen2": QWEN2_7B,
    "experts": QWEN3_30B,
    "window": GEMMA3_4B,
    "recurrent": MAMBA_1B,
    "hybrid": HYBRID,
}
PLACEMENTS = {
    "small": Placement(context=512, cells=512),
    "usual": Placement(context=4096, cells=4096, outputs=4),
    "quantised": Placement(context=8192, cells=8192, cache_k="q8_0", cache_v="q8_0", flash_attention=True),
    "strongly quantised": Placement(context=2048, cells=8192, parallel=4, outputs=4, cache_k="q4_0", cache_v="q4_0"),
    "without flash attention": Placement(context=8192, cells=8192, flash_attention=False),
    "many sequences": Placement(context=1024, cells=16_384, parallel=16, outputs=16),
    "one memory for all": Placement(context=4096, cells=8192, parallel=8, outputs=8),
    "one memory and short windows": Placement(context=4096, cells=8192, parallel=8, outputs=8, full_window=False),
    "several memories and short windows": Placement(
        context=4096, cells=12_288, parallel=3, outputs=3, full_window=False
    ),
    "all outputs": Placement(context=2048, cells=2048, outputs=512),
    "small steps": Placement(context=4096, cells=8192, parallel=2, batch=128, outputs=2),
    "short windows": Placement(context=8192, cells=8192, full_window=False),
    "read": Placement(context=1024, cells=1024, mmap=False),
}


@contextmanager
def _context(path: Path, placement: Placement, *, allocate: bool) -> Iterator[None]:
    """Load a model as a placement says. Without ``allocate``, llama.cpp computes all sizes and takes no memory."""
    llama = bind()
    parameters = llama.llama_model_default_params()
    parameters.n_gpu_layers, parameters.no_alloc = 0, not allocate
    parameters.load_mode = (
        llama.LLAMA_LOAD_MODE_NONE if placement.mmap is False or not allocate else llama.LLAMA_LOAD_MODE_MMAP
    )
    model = llama.llama_model_load_from_file(bytes(path), parameters)
    assert model, LOG.reason()
    stop = StopFlag()
    context = llama.llama_init_from_model(model, context_parameters(llama, placement, stop))
    assert context, LOG.reason()
    try:
        yield
    finally:
        llama.llama_free(context)
        llama.llama_model_free(model)


def _measured(path: Path, placement: Placement) -> Usage:
    with measure() as measured, _context(path, placement, allocate=True):
        return reported(measured.buffers)


def _predicted(path: Path, placement: Placement) -> Usage:
    shape = read_shape([read_header(FileContent.of(path), path.name)])
    return predict(shape, placement, list_backends().cpu_features)


@pytest.mark.parametrize("name", PLACEMENTS)
def test_a_real_model(smollm2: Path, name: str) -> None:
    measured, predicted = (
        _measured(smollm2, PLACEMENTS[name]).on("CPU"),
        _predicted(smollm2, PLACEMENTS[name]).on("CPU"),
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
        measured, predicted = _measured(path, placement).on("CPU"), _predicted(path, placement).on("CPU")
        assert predicted.weights == pytest.approx(measured.weights, rel=0.02, abs=MIB // 8)
        assert predicted.cache == pytest.approx(measured.cache, rel=0.01, abs=MIB // 50)
        assert predicted.total == pytest.approx(measured.total, rel=0.1)


@pytest.mark.parametrize("name", PLACEMENTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_large_models_without_their_weights(tmp_path: Path, shape: str, name: str) -> None:
    path, placement = write_shape(tmp_path / "model.gguf", SHAPES[shape]), PLACEMENTS[name]
    lines: list[str] = []
    with LOG.watched(lines.append), measure() as measured, _context(path, placement, allocate=False):
        steps = reported(measured.buffers).on("CPU").compute
    predicted = _predicted(path, placement).on("CPU")
    assert predicted.cache == pytest.approx(_cache(lines), rel=0.01)
    assert predicted.compute == pytest.approx(steps, rel=0.1)


def test_a_real_encoder(minilm: Path) -> None:
    placement = Placement(context=512, cells=512, batch=512, outputs=512)
    measured, predicted = _measured(minilm, placement).on("CPU"), _predicted(minilm, placement).on("CPU")
    assert predicted.weights == pytest.approx(measured.weights, rel=0.01)
    assert predicted.total == pytest.approx(measured.total, rel=0.1)


@pytest.mark.parametrize("flash", [None, False])
@pytest.mark.parametrize("tokens", [128, 512])
def test_an_encoder(tmp_path: Path, tokens: int, flash: bool | None) -> None:  # noqa: FBT001 - three-valued
    path = write_shape(tmp_path / "model.gguf", MINILM)
    placement = Placement(context=tokens, cells=tokens, batch=tokens, outputs=tokens, parallel=4, flash_attention=flash)
    measured, predicted = _measured(path, placement).on("CPU"), _predicted(path, placement).on("CPU")
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
