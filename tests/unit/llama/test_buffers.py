"""The lines in which llama.cpp says what memory it takes. They are from its own logs."""

import pytest

from olbuild.llama.buffers import Buffer, measure, read_buffer
from olbuild.llama.log import LOG

INFO, MIB = 2, 1 << 20


@pytest.mark.parametrize(
    ("line", "place", "purpose", "size"),
    [
        ("load_tensors:   CPU_Mapped model buffer size =    92.10 MiB", "CPU_Mapped", "model", 92.10),
        ("load_tensors:        CUDA0 model buffer size =  1973.35 MiB", "CUDA0", "model", 1973.35),
        ("llama_context:  CUDA_Host  output buffer size =     0.12 MiB", "CUDA_Host", "output", 0.12),
        ("llama_kv_cache:      MTL0 KV buffer size =    44.00 MiB", "MTL0", "KV", 44),
        ("llama_memory_recurrent:        CPU RS buffer size =    14.25 MiB", "CPU", "RS", 14.25),
        ("sched_reserve:        CPU compute buffer size =   102.51 MiB", "CPU", "compute", 102.51),
        ("llama_adapter_lora_init_impl:        CPU LoRA buffer size =     4.60 MiB", "CPU", "LoRA", 4.6),
        ("x:        CPU DSV4 csa state buffer size =     1.50 MiB", "CPU", "state", 1.5),
    ],
)
def test_a_buffer(line: str, place: str, purpose: str, size: float) -> None:
    found = read_buffer(line)
    assert found is not None
    assert (found.place, found.purpose, found.size) == (place, purpose, round(size * MIB))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "llama_kv_cache: size =   45.00 MiB (  2048 cells,  30 layers,  1/1 seqs)",
        "~llama_context:        CPU compute buffer size is 102.5137 MiB, matches expectation of 102.5137 MiB",
        "print_info: file size   = 92.10 MiB (5.74 BPW)",
    ],
)
def test_no_buffer(line: str) -> None:
    assert read_buffer(line) is None


def test_what_is_heard_while_it_is_measured() -> None:
    LOG.hear(INFO, "a: CPU model buffer size = 9.00 MiB\n")
    with measure() as measured:
        LOG.hear(INFO, "a: CPU model buffer size = 1.00 MiB\na: CPU_REPACK model buffer size = 2.00 MiB\n")
        LOG.hear(INFO, "a: CPU compute buffer size = 5.00 MiB\n")
        LOG.hear(INFO, "a: CPU compute buffer size = 3.00 MiB\n")  # made anew, with an adapter
    LOG.hear(INFO, "a: CPU model buffer size = 9.00 MiB\n")
    assert measured.buffers == (
        Buffer(place="CPU", purpose="model", size=MIB),
        Buffer(place="CPU_REPACK", purpose="model", size=2 * MIB),
        Buffer(place="CPU", purpose="compute", size=3 * MIB),
    )
