"""Whether the files of a bundle can be weights at all: each begins as a GGUF file does."""

from __future__ import annotations

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.weights.gguf import is_gguf
from olbuild.core.errors import FormatError


def require_gguf(bundle: Bundle, where: str) -> None:
    """Check the first bytes of every weights, projector, adapter and draft file; ``where`` names the model in errors.

    Reading an artifact by roles believes what the roles say (registry-spec, "Reading"); whoever goes on to use the
    files, to build on them or to run them, calls this first. It reads four bytes of each file.

    Raises:
        FormatError: if one of them is not GGUF, or there are no weights.
    """
    if not bundle.weights:
        raise FormatError(
            f"{where} has no GGUF weights",
            hint="it can be inspected and copied; olbuild runs, and builds on, GGUF files",
        )
    for blob in bundle.blobs:
        if not is_gguf(blob.content):
            raise FormatError(
                f"{where}: the {blob.role.value} file {blob.digest.short} is not a GGUF file",
                hint="whoever made the model put another file in its place; build it again from its GGUF files",
            )
