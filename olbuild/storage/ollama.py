"""The models that a local Ollama holds: a source to copy from, and never written to (ollama, ``manifest/paths.go``).

``manifests/HOST/NAMESPACE/MODEL/TAG`` are manifests as they were pulled, ``blobs/sha256-HEX`` everything else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from olbuild.core.content import MANIFEST_LIMIT, BytesContent, Content, Descriptor, FileContent
from olbuild.core.errors import FormatError, NotFoundError, StoreError
from olbuild.core.names import GRAPH_NODES, MediaType, OllamaName

_OF_THE_SERVICE = Path("/usr/share/ollama/.ollama/models")  # where its installer for Linux lets a service keep them


class OllamaModels:
    """A folder of models. Names are Ollama's, in any spelling of theirs; case only counts where two differ in it.

    Its content is what other programs wrote, and verified by whoever reads it.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder, which need not exist."""
        self._folder = folder
        self._manifests: dict[Descriptor, bytes] = {}

    @classmethod
    def find(cls, environment: Mapping[str, str] = os.environ) -> OllamaModels:
        """Use the folder of the Ollama on this machine: ``OLLAMA_MODELS``, the user's, or the one of its service."""
        named = environment.get("OLLAMA_MODELS")
        own = Path(named).expanduser() if named else Path.home() / ".ollama" / "models"
        return cls(own if named or (own / "manifests").is_dir() else _OF_THE_SERVICE)

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return f"Ollama's models in {self._folder}"

    def has(self, name: str) -> bool:
        """Whether there is a model of that name."""
        return self._find(name) is not None

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there, by digest and size."""
        if descriptor.media_type in GRAPH_NODES:
            return descriptor in self._manifests
        try:
            return self._blob(descriptor).stat().st_size == descriptor.size
        except OSError:
            return False

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a blob, or of a manifest that was resolved before.

        Raises:
            NotFoundError: if the content is not there.
        """
        if descriptor in self._manifests:
            return BytesContent(self._manifests[descriptor])
        try:
            return FileContent.of(self._blob(descriptor))
        except OSError as error:
            raise NotFoundError(f"{self.label} lack {descriptor.digest}: {error.strerror}") from None

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor of the manifest behind a name.

        Raises:
            NotFoundError: if there is no such model.
            StoreError: if it cannot be read.
            FormatError: if it is larger than a manifest can be.
        """
        path = self._find(name)
        if path is None:
            raise NotFoundError(f"{self.label} have no {name}")
        try:
            with path.open("rb") as file:
                data = file.read(MANIFEST_LIMIT + 1)
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from None
        if len(data) > MANIFEST_LIMIT:
            raise FormatError(f"{path} is larger than {MANIFEST_LIMIT} bytes, and so no manifest")
        descriptor = Descriptor.of(MediaType.DOCKER_MANIFEST, data)
        self._manifests[descriptor] = data
        return descriptor

    def _blob(self, descriptor: Descriptor) -> Path:
        return self._folder / "blobs" / f"sha256-{descriptor.digest.hex}"

    def _find(self, name: str) -> Path | None:
        """Return the file of a manifest. The parts of a name cannot lead out of the folder: none begins with a dot."""
        wanted = OllamaName.parse(name)
        path = self._folder / "manifests"
        for part in (wanted.host, wanted.namespace, wanted.model, wanted.tag):
            exact = path / part
            if exact.exists():
                path = exact
                continue
            try:
                alike = sorted(entry for entry in path.iterdir() if entry.name.casefold() == part.casefold())
            except OSError:
                return None
            if not alike:
                return None
            path = alike[0]
        return path if path.is_file() else None
