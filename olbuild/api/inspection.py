"""What an artifact is, read from its manifest and config; weights are not touched."""

from __future__ import annotations

from dataclasses import dataclass

from olbuild.api.lookup import find
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import read_bundle
from olbuild.core.content import Descriptor, decode_json, read_verified
from olbuild.core.content.canonical import Json
from olbuild.core.names import INDEXES


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """An artifact: its root descriptor, the manifest and the config as JSON, and the bundle that was read from them."""

    name: str
    descriptor: Descriptor
    manifest: Json
    config: Json
    bundle: Bundle


def inspect(workspace: Workspace, name: str) -> Inspection:
    """Look at an artifact in the store, by name or by ``sha256:…``.

    Raises:
        NotFoundError: if the store has no such artifact.
        FormatError: if it is none that olbuild can read.
    """
    store = workspace.store
    name, root = find(workspace, name)
    where = f"manifest {root.digest}"
    manifest = decode_json(read_verified(store.fetch(root), root, where), where)
    bundle = read_bundle(root, store.fetch)
    config: Json = None
    if isinstance(manifest, dict) and root.media_type not in INDEXES:
        descriptor = Descriptor.from_json(manifest.get("config"), f"{where}: config")
        config = decode_json(read_verified(store.fetch(descriptor), descriptor, "config"), "config")
    return Inspection(name=name, descriptor=root, manifest=manifest, config=config, bundle=bundle)
