"""What is chosen on machines of all kinds: layers, context, devices, and why."""

from pathlib import Path

import pytest

from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.core.errors import ResourceError, UsageError
from olbuild.core.records import replace
from olbuild.llama.backends import BackendDevice
from olbuild.running.memory import Plan, Shape, Wishes, plan, read_shape
from olbuild.testing.shapes import GEMMA3_4B, LLAMA_8B, MAMBA_1B, QWEN3_30B, ModelShape, write_shape
from tests.unit.running.memory.machines import (
    GIB,
    H200,
    M2_MAX,
    MIB,
    RADEON_780M,
    RTX_3060,
    RTX_4090,
    SEEN_BY_VULKAN,
    machine,
)

LLAMA_70B = replace(LLAMA_8B, layers=80, width=8192, heads=64, forward=28_672)
SMALL = ModelShape(layers=4)


@pytest.fixture
def shape(tmp_path: Path) -> Shape:
    """Return the shape of Llama 3.1 8B, Q4_K: 4.1 GiB, 128 KiB of cache for each token."""
    return _shape(tmp_path, LLAMA_8B)


def _shape(folder: Path, model: ModelShape) -> Shape:
    path = write_shape(folder / "model.gguf", model)
    return read_shape([read_header(FileContent.of(path), "model.gguf")])


def _plan(shape: Shape, *devices: BackendDevice, wishes: Wishes = Wishes(), free: float | None = 28) -> Plan:  # noqa: B008
    return plan(shape, wishes, machine(*devices, free=free))


def test_without_a_graphics_processor(shape: Shape) -> None:
    found = _plan(shape)
    assert (found.placement.context, found.placement.cells) == (4096, 4096)
    assert (found.placement.gpu_layers, found.placement.devices, found.placement.threads) == (0, (), 8)
    assert found.reasons == ("the context is 4,096 tokens: the usual one without a graphics processor",)
    assert found.prediction.gpu == 0
    assert found.needed.total < found.prediction.total  # the file is mapped, and most of it kept in another order


def test_several_requests_share_what_there_is(shape: Shape) -> None:
    found = _plan(shape, wishes=Wishes(context=32_768, parallel=8), free=16)
    assert (found.placement.context, found.placement.cells) == (32_768, 65_536)
    assert found.reasons == ("8 requests at once share 65,536 tokens: as many for each do not fit into memory",)


def test_an_automatic_context_becomes_smaller_to_fit(shape: Shape) -> None:
    found = _plan(shape, free=5.1)
    assert found.placement.context == 2048
    assert found.reasons == ("the context is 2,048 tokens: 4,096 do not fit into memory",)


def test_nothing_fits(shape: Shape) -> None:
    with pytest.raises(ResourceError) as caught:
        _plan(shape, wishes=Wishes(context=65_536), free=8)
    assert caught.value.message == (
        "the model does not fit into memory: with a context of 65,536 tokens it takes 12.4 GiB in the memory of the"
        " machine, which has room for 7.8"
    )
    assert caught.value.hint == (
        "use a num_ctx below 65536, or a smaller or more strongly quantised model, or a quantised cache (q8_0)"
    )


def test_nobody_knows_how_much_memory_there_is(shape: Shape) -> None:
    assert _plan(shape, free=None).placement.context == 4096


def test_more_than_the_model_was_trained_with(tmp_path: Path) -> None:
    found = _plan(_shape(tmp_path, replace(SMALL, context=1000)), wishes=Wishes(context=5000))
    assert found.placement.context == 1000
    assert found.reasons == ("the context is 1,000 tokens: the model was trained with no more than that",)


def test_the_smallest_device_that_suffices(shape: Shape) -> None:
    found = _plan(shape, RTX_4090, RTX_3060)
    assert found.placement.devices == ("CUDA1",)
    assert (found.placement.gpu_layers, found.placement.split, found.placement.tensor_split) == (33, "none", ())
    assert found.placement.context == 32_768
    assert found.prediction.on("CUDA0").total == 0


def test_a_device_that_is_named(shape: Shape) -> None:
    assert _plan(shape, RTX_4090, RTX_3060, wishes=Wishes(main_gpu=0)).placement.devices == ("CUDA0",)
    with pytest.raises(UsageError, match="main_gpu is 2, and there are 2 graphics processors, counted from 0"):
        _plan(shape, RTX_4090, RTX_3060, wishes=Wishes(main_gpu=2))


def test_two_devices_of_different_size_share_the_layers(tmp_path: Path) -> None:
    shape = _shape(tmp_path, replace(LLAMA_70B, layers=50))
    found = _plan(shape, RTX_4090, RTX_3060, wishes=Wishes(context=4096))
    assert found.placement.devices == ("CUDA0", "CUDA1")
    assert (found.placement.gpu_layers, found.placement.split) == (51, "layer")
    assert found.placement.tensor_split == (0.672, 0.328)
    assert found.reasons == ("the layers are spread over CUDA0 and CUDA1: none has room for all of them",)
    for gpu in (RTX_4090, RTX_3060):
        assert 0 < found.prediction.on(gpu.name).total < gpu.free
    assert found.prediction.on("CUDA0").weights > 1.8 * found.prediction.on("CUDA1").weights


def test_spread_over_all(shape: Shape) -> None:
    assert _plan(shape, RTX_4090, RTX_3060, wishes=Wishes(spread=True)).placement.devices == ("CUDA0", "CUDA1")


def test_the_processor_takes_what_does_not_fit(tmp_path: Path) -> None:
    found = _plan(_shape(tmp_path, LLAMA_70B), RTX_4090, free=60)
    layers = found.placement.gpu_layers
    assert 40 < layers < 60
    assert found.placement.context == 4096
    assert f"{layers} of 81 layers go to CUDA0, which have no room for more" in found.reasons
    assert found.prediction.on("CUDA0").total < RTX_4090.free
    one_more = Wishes(gpu_layers=layers + 1, context=4096)
    with pytest.raises(ResourceError, match="GiB on CUDA0, which has room for"):
        _plan(_shape(tmp_path, LLAMA_70B), RTX_4090, wishes=one_more, free=60)


def test_a_number_of_layers_that_is_wished(shape: Shape) -> None:
    found = _plan(shape, RTX_4090, wishes=Wishes(gpu_layers=10))
    assert found.placement.gpu_layers == 10
    assert found.prediction.on("CPU").weights > found.prediction.on("CUDA0").weights > 0
    assert _plan(shape, RTX_4090, wishes=Wishes(gpu_layers=0)).placement.devices == ()
    assert _plan(shape, RTX_4090, wishes=Wishes(gpu_layers=999)).placement.gpu_layers == 33


def test_one_model_on_each_device_that_it_fits(shape: Shape, tmp_path: Path) -> None:
    found = _plan(shape, RTX_4090, RTX_3060, wishes=Wishes(replicate=True, context=8192))
    assert [placement.devices for placement in found.placements] == [("CUDA0",), ("CUDA1",)]
    assert found.reasons == ("one whole model on each of CUDA0, CUDA1",)
    large = _plan(_shape(tmp_path, QWEN3_30B), RTX_4090, RTX_3060, wishes=Wishes(replicate=True, context=2048))
    assert len(large.placements) == 1
    assert "there is one model only: it fits fewer than two graphics processors" in large.reasons


@pytest.mark.parametrize(("gpu", "context"), [(H200, 131_072), (RTX_4090, 32_768), (RTX_3060, 4096)])
def test_the_automatic_context_follows_the_memory_of_the_devices(
    shape: Shape, gpu: BackendDevice, context: int
) -> None:
    found = _plan(shape, gpu)
    assert found.placement.context == context  # the model was trained with 131,072
    assert found.placement.gpu_layers == 33


def test_a_device_that_two_backends_see_is_one() -> None:
    assert machine(RTX_4090, SEEN_BY_VULKAN).gpus == (RTX_4090,)


def test_integrated_devices_count_where_there_are_no_others() -> None:
    assert machine(RADEON_780M).gpus == (RADEON_780M,)
    assert machine(RADEON_780M, RTX_4090).gpus == (RTX_4090,)


@pytest.mark.parametrize("gpu", [M2_MAX, RADEON_780M])
def test_a_device_that_shares_the_memory_of_the_machine(shape: Shape, gpu: BackendDevice) -> None:
    found = _plan(shape, gpu)
    assert (found.placement.devices, found.placement.gpu_layers) == ((gpu.name,), 33)
    with pytest.raises(ResourceError, match=r"GiB in the memory of the machine, which has room for 2\.8"):
        _plan(shape, gpu, free=3)


def test_what_was_measured_on_an_h200(tmp_path: Path) -> None:
    """A random llama of 1.1 billion parameters in F16: 719, 1,691 and 2,769 MiB with 0, 11 and all layers."""
    model = ModelShape(
        layers=22, width=2048, heads=32, kv_heads=4, forward=5632, vocabulary=32_000, context=2048, type="F16"
    )
    shape = _shape(tmp_path, model)
    assert shape.size == pytest.approx(2.2e9, rel=0.01)
    some, all_ = (
        _plan(shape, H200, wishes=Wishes(gpu_layers=layers)).prediction.on("CUDA0").total for layers in (11, 99)
    )
    assert all_ - some == pytest.approx((2769 - 1691) * MIB, rel=0.1)
    assert (2769 * MIB - all_) == pytest.approx(1691 * MIB - some, abs=80 * MIB)  # what CUDA takes for itself
    assert 600 * MIB < 2769 * MIB - all_ < 760 * MIB


def test_what_belongs_to_the_model_counts(shape: Shape) -> None:
    assert _plan(shape, RTX_3060, wishes=Wishes(besides=6 * GIB)).placement.gpu_layers < 33


def test_a_window_makes_the_cache_small(tmp_path: Path) -> None:
    shape = _shape(tmp_path, GEMMA3_4B)
    whole, short = (
        _plan(shape, wishes=Wishes(context=16_384, full_window=full)).prediction.on("CPU").cache
        for full in (True, False)
    )
    assert short < whole / 3


def test_wishes_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="values of the cache cannot be kept as q8_0 without flash attention"):
        Wishes(cache_v="q8_0", flash_attention=False)
    with pytest.raises(UsageError, match="0 requests at once are asked for, and must be from 1 to 256"):
        Wishes(parallel=0)


def test_more_sequences_than_requests_share_their_room(shape: Shape, tmp_path: Path) -> None:
    found = _plan(shape, wishes=Wishes(context=4096, parallel=2, sequences=32))
    assert (found.placement.parallel, found.placement.cells, found.placement.outputs) == (32, 8192, 32)
    assert found.losses == ()
    recurrent = _shape(tmp_path, MAMBA_1B)  # whose sequences take memory of their own
    assert _plan(recurrent, wishes=Wishes(parallel=2, sequences=32)).placement.parallel == 2


def test_what_is_less_than_wished_is_told_apart(shape: Shape) -> None:
    usual, small = _plan(shape), _plan(shape, free=5.1)
    assert (len(usual.choices), usual.losses) == (1, ())
    assert (small.choices, len(small.losses)) == ((), 1)
