"""Where Ollama would look for a name without a host: among its own models on this machine, then in its library."""

from __future__ import annotations

from olbuild.api.targets import open_repository
from olbuild.api.workspace import Workspace
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.events import Said
from olbuild.core.names import OllamaName, Reference
from olbuild.core.names.ollama import DEFAULT_HOST
from olbuild.core.records import Frozen
from olbuild.storage.ollama import OllamaModels
from olbuild.storage.ports import Source


def look_up(workspace: Workspace, name: str) -> tuple[Source, str]:
    """Return where a name without a host is looked up that is not in the store, and its name there; say so.

    Whether it is there has not been asked yet.

    Raises:
        NotFoundError: if it is in the store already, where a stranger's model must not take its place; if it is no name
            of Ollama's; or if looking is forbidden or not wanted.
        UsageError: if the registry can have no such name.
    """
    host = workspace.config.ollama_registry
    try:
        meant = OllamaName.parse(name)
    except UsageError:
        meant = None
    if name in workspace.store.names():
        known = f", as in {_reference(host, meant)}" if host and meant and meant.host == DEFAULT_HOST else ""
        raise NotFoundError(
            f"{name} is in the local store already, and it names no registry to pull from",
            hint=f"write the registry in front{known}",
        )
    missing = f"{name} is not in the local store"
    if meant is None or meant.host != DEFAULT_HOST:
        raise NotFoundError(f"{missing}, and it names no registry", hint="write the registry, as in ghcr.io/NAME")
    models = OllamaModels.find()
    if models.has(str(meant)):
        workspace.emit(Said(text=f"{missing}; taking it from {models.label}"))
        return models, str(meant)
    if host is None:
        raise NotFoundError(f"{missing}, and it names no registry", hint="write the registry, as in ghcr.io/NAME")
    if workspace.config.offline:
        raise NotFoundError(f"{missing}, and --offline forbids to look it up in Ollama's library")
    workspace.emit(Said(text=f"{missing}; looking it up in Ollama's library ({host})"))
    return open_repository(workspace, Reference.parse(_reference(host, meant))), meant.tag


def name_of(workspace: Workspace, reference: Reference) -> str | None:
    """Return the name by which the store keeps a model of Ollama's registry: Ollama's own, as in ``llama3.2:3b``.

    ``None`` for a reference to another registry, to a digest, or to what is no name of Ollama's.
    """
    namespace, slash, model = reference.repository.partition("/")
    named = reference.tag is not None and reference.digest is None
    if reference.host != workspace.config.ollama_registry or not named or not slash:
        return None
    try:
        return OllamaName(namespace=namespace, model=model, tag=reference.tag or "").short
    except UsageError:
        return None


class OllamaLibrary(Frozen):
    """Both of these for one workspace: the ``Library`` of a build."""

    workspace: Workspace

    def look_up(self, name: str) -> tuple[Source, str]:
        """See ``look_up``."""
        return look_up(self.workspace, name)

    def name_of(self, reference: Reference) -> str | None:
        """See ``name_of``."""
        return name_of(self.workspace, reference)


def _reference(host: str, name: OllamaName) -> str:
    return f"{host}/{name.namespace}/{name.model}:{name.tag}"
