"""Content digests (OCI image-spec, descriptor.md, "Digests")."""

from __future__ import annotations

import hashlib
import re

from olbuild.core.errors import FormatError
from olbuild.core.records import Frozen

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Digest(Frozen, order=True):
    """A sha256 content digest; ``hex`` is 64 lower-case hexadecimal digits.

    sha256 is the only algorithm that ModelPack, Ollama and every registry share; another one is refused.
    """

    hex: str

    def __post_init__(self) -> None:
        """Refuse a bad shape.

        Raises:
            FormatError: if ``hex`` is not 64 lower-case hexadecimal digits.
        """
        if not _SHA256.fullmatch(self.hex):
            raise FormatError(f"not a sha256 digest: {self.hex[:100]!r}")

    def __str__(self) -> str:
        """Return the canonical form, ``sha256:<hex>``."""
        return f"sha256:{self.hex}"

    @property
    def short(self) -> str:
        """The first twelve digits, for people."""
        return self.hex[:12]

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Parse ``sha256:<hex>``.

        Raises:
            FormatError: for another algorithm or a bad shape.
        """
        algorithm, _, digits = text.partition(":")
        if algorithm != "sha256":
            raise FormatError(f"not a sha256 digest: {text[:100]!r}", hint="olbuild reads sha256 digests only")
        return cls(digits)

    @classmethod
    def of(cls, data: bytes | bytearray | memoryview) -> Digest:
        """Return the digest of some bytes."""
        return cls(hashlib.sha256(data).hexdigest())
