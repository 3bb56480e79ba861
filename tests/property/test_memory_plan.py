"""Whatever a machine has and whatever is wished: a plan fits, or there is none, and that is said."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.core.errors import ResourceError
from olbuild.core.records import replace
from olbuild.llama.backends import BackendDevice
from olbuild.running.devices.machine import Machine
from olbuild.running.memory import Plan, Shape, Wishes, plan, read_shape
from olbuild.running.memory.spread import places
from olbuild.running.placement import HOST
from olbuild.testing.shapes import GEMMA3_4B, LLAMA_8B, MAMBA_1B, MINILM, QWEN3_30B, write_shape
from tests.unit.running.memory.machines import GIB, M2_MAX, RADEON_780M, RTX_3060, RTX_4090, machine

MODELS = {"llama": LLAMA_8B, "window": GEMMA3_4B, "experts": QWEN3_30B, "recurrent": MAMBA_1B, "encoder": MINILM}
GPUS = ((), (RTX_4090,), (RTX_4090, RTX_3060), (M2_MAX,), (RADEON_780M,))


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Shape]:
    folder: Path = tmp_path_factory.mktemp("shapes")
    paths = {name: write_shape(folder / f"{name}.gguf", model) for name, model in MODELS.items()}
    return {name: read_shape([read_header(FileContent.of(path), name)]) for name, path in paths.items()}


WISHES = st.builds(
    Wishes,
    context=st.sampled_from([0, 1, 512, 8192, 1 << 20]),
    parallel=st.integers(1, 64),
    sequences=st.sampled_from([0, 16, 256]),
    batch=st.sampled_from([1, 128, 512, 2048]),
    cache_k=st.sampled_from(["f16", "q8_0", "q4_0"]),
    gpu_layers=st.sampled_from([-1, -1, 0, 5, 999]),
    spread=st.booleans(),
    replicate=st.booleans(),
    full_window=st.booleans(),
)


def _plan(shape: Shape, wishes: Wishes, there: Machine) -> Plan | ResourceError:
    try:
        return plan(shape, wishes, there)
    except ResourceError as error:
        return error


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(MODELS)),
    gpus=st.sampled_from(GPUS),
    part=st.floats(0, 1),
    free=st.floats(0.1, 64),
    wishes=WISHES,
)
def test_a_plan_fits_or_there_is_none(
    shapes: Mapping[str, Shape], name: str, gpus: tuple[BackendDevice, ...], part: float, free: float, wishes: Wishes
) -> None:
    shape = shapes[name]
    devices = tuple(replace(gpu, free=int(gpu.free * part)) for gpu in gpus)
    there = machine(*devices, free=free, memory=64)
    found = _plan(shape, wishes, there)
    if isinstance(found, ResourceError):
        assert "does not fit into memory" in found.message
        assert found.hint
        return
    free_on = {gpu.name: gpu.free for gpu in devices}
    for placement in found.placements:
        assert placement.context <= max(shape.trained_context, 4)
        assert placement.context <= placement.cells
        assert placement.parallel >= wishes.parallel
        assert 0 < placement.outputs <= placement.batch
        assert len(places(len(shape.layers), placement)) == len(shape.layers) + 1
        assert set(places(len(shape.layers), placement)) <= {HOST, *placement.devices}
    assert all(found.needed.on(name).total <= room for name, room in free_on.items())
    assert found.needed.host <= free * GIB
    assert found.prediction.total >= found.needed.total - wishes.besides
    if wishes.gpu_layers == 0:
        assert found.placement.devices == ()
