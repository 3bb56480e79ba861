"""From a bundle to a model that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.artifact.bundle import Blob, Bundle, ParameterValue
from olbuild.core.content import FileContent
from olbuild.core.errors import EngineError
from olbuild.core.events import Advanced, Emit, Finished, Said, Started, ignore
from olbuild.running.jobs import Runtime
from olbuild.running.options import Adapter, LoadOptions, Sampling, read_options, unknown_parameters
from olbuild.running.placement import Placement
from olbuild.running.runtime import load_runtime
from olbuild.running.session.seeing import projector_of

if TYPE_CHECKING:
    from olbuild.running.session.model import Model

_MOST_ADVANCES = 100  # llama.cpp reports each tensor


def load(
    bundle: Bundle,
    *,
    options: Mapping[str, ParameterValue] | None = None,
    placement: Placement | None = None,
    emit: Emit = ignore,
) -> Model:
    """Load a model.

    Args:
        bundle: its weights and adapters must be whole files.
        options: parameters that win over the bundle's, in this and all later calls.
        placement: where it goes in memory and how much it may take; as the parameters say if left out.
        emit: hears the progress of loading, in bytes, and what of the bundle has no effect.

    Raises:
        NotFoundError: if a file is not there.
        UsageError: if a parameter is impossible.
        ResourceError: if memory does not suffice.
        EngineError: if the engine is missing or wrong, or cannot use the weights or an adapter.
        FormatError: if the bundle's chat template cannot be parsed.
        NotFoundError: if the bundle names a renderer that does not exist, and has no template.
    """
    if not bundle.weights:
        raise EngineError("the model has no weights")
    parameters = {**bundle.parameters, **(options or {})}
    load_options = read_options(LoadOptions, parameters)
    # What is impossible is reported before seconds are spent.
    read_options(Sampling, parameters)
    for note in _notes(bundle, parameters):
        emit(Said(text=note, level="warning"))
    runtime = _load(bundle, load_options, placement, emit)
    try:
        from olbuild.running.session.making import make  # noqa: PLC0415 - imported while the weights were loaded

        return make(bundle, runtime, parameters, load_options, emit)
    except BaseException:
        runtime.close()
        raise


def _load(bundle: Bundle, options: LoadOptions, placement: Placement | None, emit: Emit) -> Runtime:
    size = sum(blob.size for blob in bundle.weights)
    adapters = [Adapter(_path(blob), 1.0 if blob.scale is None else blob.scale) for blob in bundle.adapters]
    weights, drafts = _paths(bundle.weights), _paths(bundle.drafts)
    seeing = projector_of(bundle)
    projector = None if seeing is None else _path(seeing)
    emit(Started(id="load", label="load the model", total=size))
    done = 0

    def progress(fraction: float) -> None:
        nonlocal done
        now = min(size, int(size * fraction))
        if now - done >= size / _MOST_ADVANCES or now == size > done:
            emit(Advanced(id="load", amount=now - done))
            done = now

    try:
        runtime = load_runtime(
            weights,
            adapters,
            options,
            progress,
            drafts=drafts,
            projector=projector,
            placement=placement,
            meanwhile=partial(_prepare, bundle, emit),
        )
    except BaseException:
        emit(Finished(id="load", outcome="failed"))
        raise
    progress(1.0)
    emit(Finished(id="load"))
    return runtime


def _prepare(bundle: Bundle, emit: Emit) -> None:
    """Import and check what the first answer needs: a fifth of a second, which the loading of the weights hides."""
    from olbuild.running.session.making import check  # noqa: PLC0415

    check(bundle, emit)
    if bundle.template is None:  # that of the weights is Jinja
        import olbuild.running.chat.sandbox  # noqa: F401, PLC0415


def _notes(bundle: Bundle, parameters: Mapping[str, ParameterValue]) -> list[str]:
    """Return what of a bundle has no effect in this version, in words."""
    notes = []
    if bundle.projectors and projector_of(bundle) is None:
        notes.append("the projector is not used: it sees no images, or is of a kind that is not supported")
    if unknown := unknown_parameters(parameters):
        notes.append(f"parameters without effect here: {', '.join(unknown)}")
    return notes


def _paths(blobs: Sequence[Blob]) -> list[Path]:
    return [_path(blob) for blob in blobs]


def _path(blob: Blob) -> Path:
    if not isinstance(blob.content, FileContent):
        raise EngineError(f"the {blob.role} {blob.digest} is not a file on this machine", hint="pull the model first")
    return blob.content.path
