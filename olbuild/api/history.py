"""Which instruction made which layer of an artifact, and in which of its ancestors."""

from __future__ import annotations

from olbuild.api.looking import Sight, look
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles.manifest import Manifest, read_manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, NotFoundError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen, replace

_MOST = 100  # an artifact with more ancestors is hostile


class Layer(Frozen, kw_only=True):
    """A layer, the instruction that made it if that is known, and its title."""

    descriptor: Descriptor
    instruction: str | None
    title: str | None


class Generation(Frozen, kw_only=True):
    """An artifact, and the layers that it has and its base has not.

    ``known`` is false for a base that is not here: then its layers stand with what was built on it.
    """

    name: str
    digest: Digest
    created: str | None = None
    layers: tuple[Layer, ...] = ()
    known: bool = True


def history(workspace: Workspace, name: str, *, remote: bool = False) -> tuple[Generation, ...]:
    """Return an artifact and its ancestors, itself first, as far as they are here.

    A base is looked up by its digest where the artifact is if that is a layout or an archive, and in the store.

    Args:
        workspace: settings, listener and store.
        name: as for ``inspect``.
        remote: ask the registry, whatever the store has.

    Raises:
        NotFoundError: if there is no such artifact.
        FormatError: if it is no manifest, or has more than a hundred ancestors.
        RefusedError, RegistryError: as the registry answers.
    """
    sight = look(workspace, name, remote=remote)
    found: list[Generation] = []
    called: str = sight.name
    while True:
        manifest = read_manifest(sight.root, sight.holder.fetch)
        made = _generation(called, sight.root.digest, manifest)
        if found:
            found[-1] = _without(found[-1], made)
        found.append(made)
        base = _base(manifest)
        if base is None:
            return tuple(found)
        called, digest = base
        if len(found) > _MOST:
            raise FormatError(f"{name} has more than {_MOST} ancestors")
        there = _find(workspace, sight, digest)
        if there is None:
            return (*found, Generation(name=called, digest=digest, known=False))
        sight = there


def _generation(name: str, digest: Digest, manifest: Manifest) -> Generation:
    layers = (
        Layer(
            descriptor=layer,
            instruction=layer.annotations.get(words.INSTRUCTION),
            title=layer.annotations.get(words.TITLE),
        )
        for layer in manifest.layers
    )
    created = manifest.annotations.get(words.CREATED)
    return Generation(name=name, digest=digest, created=created, layers=tuple(layers))


def _without(child: Generation, parent: Generation) -> Generation:
    """Return an artifact without what its base has already. What it took away is not to be seen."""
    before = {(layer.descriptor.digest, layer.title) for layer in parent.layers}
    layers = tuple(layer for layer in child.layers if (layer.descriptor.digest, layer.title) not in before)
    return replace(child, layers=layers)


def _base(manifest: Manifest) -> tuple[str, Digest] | None:
    name, digest = manifest.annotations.get(words.BASE_NAME), manifest.annotations.get(words.BASE_DIGEST)
    return (name, Digest.parse(digest)) if name is not None and digest is not None else None


def _find(workspace: Workspace, sight: Sight, digest: Digest) -> Sight | None:
    for holder in dict.fromkeys((workspace.store, sight.holder)):
        try:
            return Sight(holder=holder, root=holder.resolve(str(digest)), name=str(digest))
        except NotFoundError:
            continue
    return None
