"""Models in Ollama's own format: made from what olbuild has, over the same files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Blob, Bundle, Template
from olbuild.artifact.profiles import ollama, read_bundle
from olbuild.artifact.profiles.manifest import Fetch, Manifest, read_manifest
from olbuild.artifact.profiles.ollama import Parent
from olbuild.artifact.weights.gguf import read_header
from olbuild.building.assembled import Assembled, Write
from olbuild.building.plan import ImportFile
from olbuild.core.content import Descriptor, Graph, Node
from olbuild.core.errors import OlbuildError, UsageError
from olbuild.core.events import Said
from olbuild.core.names import Digest, MediaType, OllamaName, Role
from olbuild.core.records import replace
from olbuild.storage.graph import GraphSource
from olbuild.storage.ports import Source

_ORDER = (Role.WEIGHTS, Role.PROJECTOR, Role.ADAPTER, Role.DRAFT)


def derived_ollama(workspace: Workspace, root: Descriptor, origin: Source | None = None) -> Graph:
    """Return an artifact of any format in Ollama's; of the store, if no other origin is given.

    Nothing is stored: manifest, config and texts are in memory, and the files are the origin's own blobs. What a stock
    Ollama reads already comes back as it is, byte for byte.

    Raises:
        FormatError: if it is no model that olbuild can read, or one that Ollama's format cannot hold.
        IntegrityError, NotFoundError: if it is damaged, or something of it is missing.
    """
    fetch = (origin or workspace.store).fetch
    manifest = read_manifest(root, fetch)
    if is_ollama(root, manifest):
        children = {each.digest: each for each in (manifest.config, *manifest.layers)}
        return Graph(tuple(Node(each, fetch(each)) for each in (*children.values(), root)))
    bundle = read_bundle(root, fetch)
    return ollama.write(prepared(workspace, bundle, bundle.weights))


def sent_to_ollama(workspace: Workspace, root: Descriptor, origin: Source) -> Graph:
    """Return what Ollama's registry gets of an artifact; say so, and what is lost, if it is another one.

    Raises:
        FormatError, IntegrityError, NotFoundError: as ``derived_ollama``.
    """
    graph = derived_ollama(workspace, root, origin)
    if graph.root.digest != root.digest:
        workspace.emit(Said(text=f"{root.digest} goes in Ollama's format, as {graph.root.digest}"))
        for loss in ollama.losses(read_bundle(root, origin.fetch)):
            _warn(workspace, f"{ollama.name}: {loss}")
    return graph


def is_ollama(root: Descriptor, manifest: Manifest) -> bool:
    """Whether a manifest is one that a stock Ollama reads."""
    return root.media_type == MediaType.DOCKER_MANIFEST and ollama.recognises(manifest)


def prepared(workspace: Workspace, bundle: Bundle, weights: Sequence[Blob]) -> Bundle:
    """Return a bundle that Ollama's format can hold: a Jinja template becomes one in Go's language that writes alike.

    The template in the header of the weights is left to Ollama, which reads it itself. Where no Go template of olbuild
    writes plain chat as the model's does, none is written, and a warning is.
    """
    template = bundle.template
    if template is None or template.language == "go" or not weights:
        return bundle
    from olbuild.api.templates import go_template_for  # noqa: PLC0415 - loads a compiler, for few
    from olbuild.running.chat.weights import read_spoken  # noqa: PLC0415 - not loaded at start

    spoken = read_spoken(read_header(weights[0].content, "the weights"))
    if spoken.template == template.text:
        return replace(bundle, template=None)
    try:
        match = go_template_for(template.text, bos=spoken.bos or None, eos=spoken.eos or None)
    except OlbuildError as error:
        _warn(workspace, f"the chat template cannot be written in Go's language, and is left out: {error.message}")
        return replace(bundle, template=None)
    if match.nearest is None:
        _warn(workspace, "no Go template of olbuild writes prompts as the model's Jinja template does; it is left out")
        return replace(bundle, template=None)
    if match.differs:
        what = ", ".join(sorted({probe.topic for probe in match.differs}))
        _warn(
            workspace, f"the Go template {match.nearest.name} writes {what} otherwise than the model's Jinja template"
        )
    go = replace(template, text=match.nearest.template, language="go", compiled=None)
    return replace(bundle, template=go, system=bundle.system or match.system)


def recognised_in(workspace: Workspace, said: Bundle) -> Bundle | None:
    """Return the template and the stop texts that Ollama gives to a model made of a file whose Jinja it recognises."""
    if not said.weights:
        return None
    from olbuild.api.templates import go_template_for  # noqa: PLC0415 - loads a compiler
    from olbuild.language.template.families import recognised  # noqa: PLC0415
    from olbuild.running.chat.weights import read_spoken  # noqa: PLC0415 - not loaded at start

    spoken = read_spoken(read_header(said.weights[0].content, "the weights"))
    if spoken.template is None:
        return None
    try:
        found = recognised(go_template_for(spoken.template, bos=spoken.bos or None, eos=spoken.eos or None))
    except OlbuildError:  # it is no matter of whoever makes the model: it is said when the template is used
        return None
    if found is None:
        return None
    workspace.emit(
        Said(text=f"the chat template of the weights is {found.name}: its template and stop texts go with it")
    )
    return Bundle(template=Template(text=found.template, language="go"), parameters={"stop": found.stops})


def writer(workspace: Workspace) -> Write:
    """Return what writes the artifact of a build as ``ollama create`` would.

    A Modelfile of one stage goes on top of what its FROM names, layer upon layer, as Ollama does it. Stages and UNSET,
    which Ollama does not have, are merged first.
    """

    def write(assembled: Assembled) -> Graph:
        weights = assembled.bundle.weights
        for loss in ollama.losses(replace(assembled.bundle, base=None)):
            _warn(workspace, f"{ollama.name}: {loss}")
        if assembled.said is None:
            return ollama.write(prepared(workspace, assembled.bundle, weights))
        parent = None
        if assembled.base is not None:
            parent = parent_of(workspace, assembled.base.name, assembled.base.descriptor)
        names = _names(assembled.files, assembled.said.blobs)
        return ollama.create(
            prepared(workspace, assembled.said, weights),
            parent,
            names=names,
            recognised=recognised_in(workspace, assembled.said),
        )

    return write


def parent_of(workspace: Workspace, name: str, root: Descriptor) -> Parent:
    """Return the parent of a model, in Ollama's format and under the name that Ollama shows."""
    fetch: Fetch = workspace.store.fetch
    manifest = read_manifest(root, fetch)
    if not is_ollama(root, manifest):
        graph = derived_ollama(workspace, root)
        fetch = GraphSource(graph, name).fetch
        manifest = read_manifest(graph.root, fetch)
    with suppress(UsageError):  # a name that Ollama cannot have stays: it says where the model comes from, no more
        name = OllamaName.parse(name).short
    return Parent(name=name, manifest=manifest, fetch=fetch)


def _names(files: Sequence[ImportFile], blobs: Sequence[Blob]) -> dict[Digest, str]:
    """Return what Ollama's client calls files: each by its path from the folder that those of its instruction share."""
    names: dict[Digest, str] = {}
    for roles in ({Role.WEIGHTS, Role.PROJECTOR}, {Role.ADAPTER}, {Role.DRAFT}):
        own = sorted((file for file in files if file.role in roles), key=lambda file: _ORDER.index(file.role))
        folder = os.path.commonpath([file.path.parent for file in own]) if own else ""
        for file, blob in zip(own, (blob for blob in blobs if blob.role in roles), strict=True):
            names[blob.digest] = file.path.relative_to(folder).as_posix()
    return names


def _warn(workspace: Workspace, text: str) -> None:
    workspace.emit(Said(text=text, level="warning"))
