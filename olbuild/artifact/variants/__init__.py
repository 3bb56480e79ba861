"""Variants: one model in several quantisations under one name, as an OCI index, and which of them to take.

The index says of each what decides (registry-spec, "Variants"), so that the choice costs one small request.
"""

from olbuild.artifact.variants.choose import Choice, choose
from olbuild.artifact.variants.describe import describe_variant
from olbuild.artifact.variants.memory import required_memory
from olbuild.artifact.variants.model import Variant
from olbuild.artifact.variants.read import is_variants, read_variants
from olbuild.artifact.variants.write import write_variants

__all__ = [
    "Choice",
    "Variant",
    "choose",
    "describe_variant",
    "is_variants",
    "read_variants",
    "required_memory",
    "write_variants",
]
