"""What an index says of one variant, and the words it says it with."""

from __future__ import annotations

import re

from olbuild.core.content import Descriptor
from olbuild.core.records import Frozen

NAME = "dev.olbuild.variant"
QUANTIZATION = "dev.olbuild.variant.quantization"
PARAMETERS = "dev.olbuild.variant.parameters"
SIZE = "dev.olbuild.variant.size"
MEMORY = "dev.olbuild.variant.memory"

MOST = 100
"""Most variants of one index."""

IS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Variant(Frozen, kw_only=True):
    """One artifact of an index.

    Attributes:
        name: what it is chosen by; unique in its index, whatever the case.
        manifest: descriptor of its manifest, as it stands in the index.
        size: bytes of its files of weights, projectors, adapters and drafts.
        memory: bytes that running it takes, by the rule of the specification.
        quantization: how the weights are quantised, as llama.cpp names it.
        parameters: elements of all tensors.
    """

    name: str
    manifest: Descriptor
    size: int
    memory: int
    quantization: str | None = None
    parameters: int | None = None

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in an index: what takes most memory first, and then by name."""
        return (-self.memory, self.name)
