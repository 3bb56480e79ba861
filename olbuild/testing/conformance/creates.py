"""What ``ollama create`` wrote: the same config and the same manifest, byte for byte, from a build of olbuild's own.

The lines of a file build on each other: a FROM names a file of the folder ``gguf`` beside it, or an earlier line.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Self

import olbuild
from olbuild.api.building import BuildRequest, build
from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config
from olbuild.core.content import Descriptor, decode_json
from olbuild.core.errors import ModelfileError, OlbuildError
from olbuild.testing.conformance.kinds import Line


class Creates:
    """Judges lines of the kind ``creates`` over a store of its own."""

    def __init__(self, folder: Path) -> None:
        """Look for GGUF files in the folder of the goldens, and in the one of this repository's goldens."""
        own = Path(olbuild.__file__).parent.parent / "tests" / "golden" / "gguf"
        places = (folder / "gguf", folder, own)
        self._folder = next((place for place in places if any(place.glob("*.gguf"))), places[0]).absolute()

    def __enter__(self) -> Self:
        """Make the store."""
        self._place = tempfile.TemporaryDirectory(prefix="olbuild-conformance-")
        self._workspace = Workspace(load_config({"home": self._place.name, "offline": True}))
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the store."""
        self._place.cleanup()

    def differences(self, line: Line) -> list[str]:
        """Build one Modelfile, and compare what came out."""
        request = BuildRequest(
            data=line["modelfile"].encode(), name=line["id"], folder=self._folder, dialect="ollama", profile="ollama"
        )
        try:
            root = build(self._workspace, request, (line["id"],)).descriptor
        except OlbuildError as error:
            reason = error.diagnostics[0].message if isinstance(error, ModelfileError) else error.message
            return [f"refused: {reason}"] if line["ok"] else []
        if not line["ok"]:
            return ["accepted"]
        manifest = self._text(root)
        document = decode_json(manifest.encode(), "the manifest")
        config = Descriptor.from_json(document["config"] if isinstance(document, dict) else None, "config")
        found = (("config", self._text(config), line["config"]), ("manifest", manifest, line["manifest"]))
        differing = [f"{what} {ours!r}, not {theirs!r}" for what, ours, theirs in found if ours != theirs]
        if not differing and root.digest.hex != line["manifest_sha256"]:  # pragma: no cover - the bytes are the same
            differing.append(f"the digest {root.digest}")
        return differing

    def _text(self, descriptor: Descriptor) -> str:
        return self._workspace.store.fetch(descriptor).read_at(0, descriptor.size).decode()
