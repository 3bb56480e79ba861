"""What graphics processors do with models: skipped, and saying so, where the engine can use none."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.core.records import replace
from olbuild.llama.backends import BackendDevice, list_backends
from olbuild.llama.buffers import measure
from olbuild.running.devices.machine import this_machine
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.weights import Weights
from olbuild.running.memory import Wishes, plan, read_shape
from olbuild.running.options import LoadOptions
from olbuild.running.placement import HOST, Placement
from olbuild.running.reported import reported
from olbuild.running.runtime import load_runtime
from olbuild.running.steps import Feed, Step
from olbuild.testing.shapes import LLAMA_8B, write_shape
from tests.integration.engine.usage import loaded, measured_usage, predicted_usage
from tests.placements import MIB, PLACEMENTS, SHAPES

_ALL = 99  # layers


@pytest.fixture(scope="module")
def gpu() -> BackendDevice:
    """Return the first graphics processor with memory of its own."""
    found = next((device for device in list_backends().devices if device.kind == "gpu"), None)
    if found is None:
        pytest.skip("the engine that is installed can use no graphics processor of this machine")
    return found


def _on(placement: Placement, gpu: BackendDevice, layers: int) -> Placement:
    return replace(placement, devices=(gpu.name,), gpu_layers=layers)


@pytest.mark.parametrize("layers", [_ALL, 15, 1])
def test_a_real_model_is_as_large_as_predicted(smollm2: Path, gpu: BackendDevice, layers: int) -> None:
    wrong = []
    for name, usual in PLACEMENTS.items():
        placement = _on(usual, gpu, layers)
        measured, predicted = measured_usage(smollm2, placement), predicted_usage(smollm2, placement)
        for device in (gpu.name, HOST):
            one, other = predicted.on(device), measured.on(device)
            near = (
                one.weights == pytest.approx(other.weights, rel=0.02, abs=MIB),
                one.cache == pytest.approx(other.cache, rel=0.01, abs=MIB),
                one.compute == pytest.approx(other.compute, rel=0.1 if layers == _ALL else 0.35, abs=4 * MIB),
                one.total == pytest.approx(other.total, rel=0.1, abs=8 * MIB),
            )
            if not all(near):
                wrong.append(f"{name}, {device}: {one} is predicted and {other} is measured")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("layers", [_ALL, 10])
@pytest.mark.parametrize("shape", SHAPES)
def test_steps_of_large_models_take_what_is_predicted(
    tmp_path: Path, gpu: BackendDevice, shape: str, layers: int
) -> None:
    path, wrong = write_shape(tmp_path / "model.gguf", SHAPES[shape]), []
    for name, usual in PLACEMENTS.items():
        placement = _on(usual, gpu, layers)
        with measure() as heard, loaded(path, placement, allocate=False):
            measured = reported(heard.buffers)
        predicted = predicted_usage(path, placement)
        for device in (gpu.name, HOST):
            one, other = predicted.on(device).compute, measured.on(device).compute
            # Where tensors of layers come and go, llama.cpp's allocator leaves gaps that are not predicted.
            whole = layers == _ALL
            if one != pytest.approx(other, rel=0.15 if whole else 0.35, abs=(4 if whole else 40) * MIB):
                wrong.append(f"{name}, {device}: {one / MIB:.1f} MiB are predicted and {other / MIB:.1f} measured")
    assert not wrong, "\n".join(wrong)


def test_the_plan_is_what_is_then_loaded(smollm2: Path, gpu: BackendDevice) -> None:
    shape = read_shape([read_header(FileContent.of(smollm2), "model.gguf")])
    planned = plan(shape, Wishes(context=4096, parallel=4), this_machine())
    assert planned.placement.devices == (gpu.name,)
    assert planned.placement.gpu_layers == len(shape.layers) + 1
    with closing(load_runtime([smollm2], placement=planned.placement)) as runtime:
        assert planned.prediction.total == pytest.approx(runtime.facts.memory, rel=0.1)


def test_a_model_is_gone_from_the_device_when_it_is_closed(tmp_path: Path, gpu: BackendDevice) -> None:
    def free() -> int:
        return next(device.free for device in list_backends().devices if device.name == gpu.name)

    path = write_shape(tmp_path / "model.gguf", replace(LLAMA_8B, layers=8))
    placement = _on(PLACEMENTS["usual"], gpu, _ALL)
    with loaded(path, placement, allocate=True):
        pass  # the backend itself stays
    before = free()
    with loaded(path, placement, allocate=True):
        taken = before - free()
    assert taken == pytest.approx(predicted_usage(path, placement).on(gpu.name).total, rel=0.1)
    assert free() == pytest.approx(before, abs=16 * MIB)


@pytest.mark.parametrize("flash", [None, False])
@pytest.mark.parametrize("layers", [_ALL, 15])
def test_it_says_what_the_processor_says(
    smollm2: Path,
    gpu: BackendDevice,
    layers: int,
    flash: bool | None,  # noqa: FBT001 - three-valued
) -> None:
    usual = Placement(context=512, parallel=4, cells=2048, outputs=64, flash_attention=flash)
    rows = [_logits(smollm2, placement) for placement in (usual, _on(usual, gpu, layers))]
    near = [float(np.corrcoef(one, other)[0, 1]) for one, other in zip(*rows, strict=True)]
    assert min(near) > 0.99


def _logits(path: Path, placement: Placement) -> list[np.ndarray]:
    """Return the logits behind four prompts, each after one token more, which all are fed together."""
    random = np.random.default_rng(7)
    prompts = [random.integers(100, 40_000, 20 + 9 * number).tolist() for number in range(4)]
    stop = StopFlag()
    with (
        closing(Weights([path], [], LoadOptions(), placement, stop, lambda _: None)) as weights,
        closing(Decoder(weights, placement, stop)) as decoder,
    ):
        for sequence, prompt in enumerate(prompts):
            decoder.apply(Step(feeds=(Feed(sequence, sequence, 0, tuple(prompt), 1),)))
        feeds = tuple(Feed(sequence, sequence, len(prompt), (77,), 1) for sequence, prompt in enumerate(prompts))
        return [row.copy() for row in decoder.apply(Step(feeds=feeds))]
