"""Models of all kinds, and many ways to place them: for tests of how much memory that takes."""

from olbuild.running.placement import Placement
from olbuild.testing.shapes import GEMMA3_4B, LLAMA_8B, MAMBA_1B, QWEN2_7B, QWEN3_30B, ModelShape

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
