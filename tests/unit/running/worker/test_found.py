"""Where a model goes on a machine that many use at once."""

from pathlib import Path

import pytest

from olbuild.artifact.bundle import Blob, Bundle, ParameterValue
from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.core.errors import UsageError
from olbuild.core.names import Digest, Role
from olbuild.core.records import replace
from olbuild.running.memory import read_shape
from olbuild.running.memory.saving import bytes_per_token
from olbuild.running.placement import read_cache_type
from olbuild.running.worker.found import Found
from olbuild.testing.shapes import LLAMA_8B, MAMBA_1B, ModelShape, write_shape
from tests.unit.running.memory.machines import RTX_4090, machine


def found(
    folder: Path,
    model: ModelShape = LLAMA_8B,
    *,
    parallel: int = 0,
    context: int = 0,
    drafts: bool = False,
    **parameters: ParameterValue,
) -> Found:
    content = FileContent.of(write_shape(folder / "model.gguf", model))
    blob = Blob(role=Role.DRAFT, digest=Digest.of(b""), size=1, content=content)
    return Found(
        bundle=Bundle(parameters=parameters, drafts=(blob,) if drafts else ()),
        shape=read_shape([read_header(content, "model.gguf")]),
        options={},
        parallel=parallel,
        context=context,
    )


@pytest.mark.parametrize(("free", "parallel", "cells"), [(64, 32, 131_072), (24, 8, 32_768), (12, 4, 16_384)])
def test_as_many_are_worked_on_as_leave_most_memory_free(
    tmp_path: Path, free: float, parallel: int, cells: int
) -> None:
    placement = found(tmp_path).plan(machine(free=free)).placement
    assert (placement.parallel, placement.cells, placement.context) == (parallel, cells, 4096)


def test_where_there_is_little_memory_few_share_it(tmp_path: Path) -> None:
    placement = found(tmp_path).plan(machine(free=6.5)).placement
    assert placement.parallel == 4
    assert placement.cells < 4 * placement.context


def test_how_many_there_are_can_be_said(tmp_path: Path) -> None:
    placement = found(tmp_path, parallel=2).plan(machine(free=64)).placement
    assert (placement.parallel, placement.cells) == (2, 8192)


def test_the_server_s_context_counts_where_nobody_else_says_one(tmp_path: Path) -> None:
    assert found(tmp_path, context=1024).plan(machine(free=64)).placement.context == 1024
    assert found(tmp_path, context=1024, num_ctx=512).plan(machine(free=64)).placement.context == 512
    assert found(tmp_path, context=1024).automatic(machine(free=64))["num_ctx"] == 1024
    assert found(tmp_path).automatic(machine(free=64))["num_ctx"] == 4096


def test_a_model_with_states_has_no_more_sequences_than_requests(tmp_path: Path) -> None:
    placement = found(tmp_path, MAMBA_1B).plan(machine(free=64)).placement
    assert placement.parallel <= 64
    assert placement.cells == placement.context * placement.parallel


@pytest.mark.parametrize(
    ("parallel", "drafts", "outputs"), [(1, False, 16), (16, False, 16), (16, True, 32), (1, True, 16)]
)
def test_there_is_room_for_guesses(tmp_path: Path, parallel: int, drafts: bool, outputs: int) -> None:  # noqa: FBT001 - a case
    placement = found(tmp_path, parallel=parallel, drafts=drafts).plan(machine(free=64)).placement
    assert placement.outputs == outputs


def test_copies_of_prompts_get_an_eighth_of_what_is_left_and_no_more_than_a_gibibyte(tmp_path: Path) -> None:
    each = 131_072  # bytes of a token: 32 layers, 8 heads of 128 numbers, keys and values, f16
    assert found(tmp_path).plan(machine(free=64)).placement.saved == (1 << 30) // each
    tight = found(tmp_path, parallel=1).plan(machine(free=6))
    left = 6 * (1 << 30) - tight.needed.host
    assert 0 < tight.placement.saved == left // 8 // each


@pytest.mark.parametrize(("memory", "saved"), [(0, 0), (1 << 30, 8192)])
def test_memory_for_copies_can_be_said(tmp_path: Path, memory: int, saved: int) -> None:
    planned = replace(found(tmp_path), prompt_memory=memory).plan(machine(free=6))
    assert planned.placement.saved == saved


def test_processes_of_one_model_share_the_memory_for_copies(tmp_path: Path) -> None:
    second = replace(RTX_4090, name="CUDA1", id="0000:02:00.0")
    planned = found(tmp_path).plan(machine(RTX_4090, second, free=64))
    assert [placement.saved for placement in planned.placements] == [4096, 4096]


def test_each_copy_of_a_model_with_states_counts_for_them(tmp_path: Path) -> None:
    mamba = found(tmp_path, MAMBA_1B)
    planned = mamba.plan(machine(free=64))
    each, placement = bytes_per_token(planned), planned.placement
    states = sum(layer.state for layer in mamba.shape.layers) * 4  # bytes
    assert placement.saved == (1 << 30) // each
    assert states <= placement.state * each < states + each


def test_without_knowing_the_memory_there_are_no_copies(tmp_path: Path) -> None:
    assert found(tmp_path, MAMBA_1B).plan(machine(free=None)).placement.saved == 0


def test_each_graphics_processor_that_the_model_fits_gets_one(tmp_path: Path) -> None:
    second = replace(RTX_4090, name="CUDA1", id="0000:02:00.0")
    planned = found(tmp_path).plan(machine(RTX_4090, second, free=64))
    assert [placement.devices for placement in planned.placements] == [(RTX_4090.name,), ("CUDA1",)]


def test_how_the_cache_is_kept_can_be_said(tmp_path: Path) -> None:
    usual, small = found(tmp_path), replace(found(tmp_path), cache="q4_0", flash_attention=True)
    placement = small.plan(machine(free=64)).placement
    assert (placement.cache_k, placement.cache_v, placement.flash_attention) == ("q4_0", "q4_0", True)
    assert placement.parallel > usual.plan(machine(free=64)).placement.parallel
    with pytest.raises(UsageError, match="without flash attention"):
        replace(small, flash_attention=False).plan(machine(free=64))


def test_no_other_type_of_cache_is_taken() -> None:
    with pytest.raises(UsageError, match="there is no cache_type 'q9'"):
        read_cache_type("q9")


def test_a_processor_alone_has_no_flash_attention_for_many_where_that_takes_little_memory(tmp_path: Path) -> None:
    usual = found(tmp_path)
    roomy, tight = usual.plan(machine(free=64)), usual.plan(machine(free=6.5))
    assert (roomy.placement.plain, tight.placement.plain) == (True, False)
    assert (roomy.placement.flash_attention, tight.placement.flash_attention) == (None, None)
    flash = replace(usual, flash_attention=True).plan(machine(free=64))
    assert not flash.placement.plain
    assert flash.placement.parallel == roomy.placement.parallel
    assert 0 < roomy.needed.host - flash.needed.host <= (64 << 30) // 16


@pytest.mark.parametrize("context", [4096, 131_072])
def test_long_contexts_keep_flash_attention(tmp_path: Path, context: int) -> None:
    long = found(tmp_path, replace(LLAMA_8B, context=131_072), parallel=5, context=context)
    assert long.plan(machine(free=110, memory=128)).placement.plain == (context == 4096)


def test_few_requests_at_once_keep_flash_attention(tmp_path: Path) -> None:
    assert not found(tmp_path, parallel=4).plan(machine(free=64)).placement.plain
    assert found(tmp_path, parallel=5).plan(machine(free=64)).placement.plain


def test_graphics_processors_and_quantised_caches_keep_flash_attention(tmp_path: Path) -> None:
    usual = found(tmp_path)
    assert not usual.plan(machine(RTX_4090, free=64)).placement.plain
    assert not replace(usual, cache="q8_0").plan(machine(free=64)).placement.plain
    assert replace(usual, cache="f32").plan(machine(free=64)).placement.plain


def test_models_for_embeddings_keep_flash_attention(tmp_path: Path) -> None:
    usual = found(tmp_path)
    embeds = replace(usual, shape=replace(usual.shape, pooled=True))
    assert not embeds.plan(machine(free=64)).placement.plain
