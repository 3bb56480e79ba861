"""The types that weights can be quantised to, as llama.cpp names them (``llama_ftype``, ``llama-quantize --help``)."""

from __future__ import annotations

QUANTIZATIONS = (
    *("F32", "F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q5_K_S", "Q5_1", "Q5_0"),
    *("Q4_K_M", "Q4_K_S", "Q4_1", "Q4_0", "IQ4_NL", "IQ4_XS", "MXFP4_MOE"),
    *("Q3_K_L", "Q3_K_M", "Q3_K_S", "IQ3_M", "IQ3_S", "IQ3_XS", "IQ3_XXS"),
    *("Q2_K", "Q2_K_S", "IQ2_M", "IQ2_S", "IQ2_XS", "IQ2_XXS", "TQ2_0", "TQ1_0", "IQ1_M", "IQ1_S"),
)
"""Every type, from many bits to few."""

_ALIASES = {"Q3_K": "Q3_K_M", "Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M"}


def quantization(text: str) -> str | None:
    """Return the name of a type; case makes no difference, and ``Q4_K`` is ``Q4_K_M``. ``None`` if there is none."""
    name = text.upper()
    name = _ALIASES.get(name, name)
    return name if name in QUANTIZATIONS else None
