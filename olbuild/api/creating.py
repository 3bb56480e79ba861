"""create: a model from parts in hand, as ``ollama create`` makes it; there is no Modelfile."""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.api.lookup import find
from olbuild.api.ollama import parent_of, prepared, recognised_in
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import ollama
from olbuild.core.content import Descriptor
from olbuild.core.names import Digest, local_name
from olbuild.storage.copy import copy
from olbuild.storage.graph import GraphSource


def create(
    workspace: Workspace, said: Bundle, name: str, *, base: str | None = None, files: Mapping[Digest, str]
) -> Descriptor:
    """Make a model in Ollama's format, on top of another one if that is wanted, and name it.

    Args:
        workspace: settings, listener and store.
        said: what it says itself; its files are in the store.
        name: what to call it.
        base: the name of a model in the store.
        files: what the files were called.

    Raises:
        UsageError: if the name is no name.
        NotFoundError: if there is no such base.
        FormatError: if there are no weights, or the format cannot hold it.
        ResourceError, StoreError: if it cannot be stored; nothing is named then.
    """
    name = local_name(name)
    store = workspace.store
    with store.lease(f"create {name}") as lease:
        lease.protect(blob.digest for blob in said.blobs)
        parent = None
        if base is not None:
            called, root = find(workspace, base)
            lease.protect([root.digest])
            parent = parent_of(workspace, called, root)
        graph = ollama.create(
            prepared(workspace, said, said.weights), parent, names=files, recognised=recognised_in(workspace, said)
        )
        source = GraphSource(graph, name)
        return copy(source, store, graph.root, name=name, emit=workspace.emit, prepare=store.preparation(lease))
