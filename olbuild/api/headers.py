"""The headers of weights on disk. Each is read once; what cannot be read is not known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.core.errors import FormatError, OlbuildError
from olbuild.core.names import Role
from olbuild.language.modelfile import Local

if TYPE_CHECKING:
    from olbuild.artifact.weights.gguf import Header


class Headers:
    """Reads headers, and remembers them."""

    def __init__(self) -> None:
        """Begin without any."""
        self._headers: dict[str, Header | None] = {}

    def weights(self, files: tuple[Local, ...]) -> Header | None:
        """Return the first header of a model: neither of a projector nor of an adapter, nor of a later shard."""
        for each in files:
            for path in [each.path] if each.kind == "file" else _weights_in(each.path):
                header = self._header(path)
                if header is not None and header.metadata.get("general.architecture") and _is_weights(header):
                    return header
        return None

    def _header(self, path: str) -> Header | None:
        from olbuild.artifact.weights.gguf import read_header  # noqa: PLC0415 - most files name an artifact
        from olbuild.core.content import FileContent  # noqa: PLC0415

        if path not in self._headers:
            try:
                self._headers[path] = read_header(FileContent(Path(path), Path(path).stat().st_size), path)
            except (OlbuildError, OSError):
                self._headers[path] = None
        return self._headers[path]


def _weights_in(folder: str) -> list[str]:
    try:
        return sorted(str(path) for path in Path(folder).iterdir() if path.suffix.lower() == ".gguf")
    except OSError:
        return []


def _is_weights(header: Header) -> bool:
    from olbuild.artifact.weights.gguf import kind  # noqa: PLC0415

    try:
        return kind(header) is Role.WEIGHTS
    except FormatError:
        return False
