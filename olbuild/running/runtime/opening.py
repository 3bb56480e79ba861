"""The files of a model, loaded: weights with their context, and the draft with its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.native import default_placement
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.engine.weights import Weights
from olbuild.running.options import Adapter, LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.runtime.drafting import Drafter, check_vocabularies

_ALL_LAYERS = 999


@dataclass(frozen=True, slots=True)
class Files:
    """What is to be loaded; see ``load_runtime``."""

    weights: Sequence[Path]
    adapters: Sequence[Adapter]
    drafts: Sequence[Path]
    options: LoadOptions
    placement: Placement | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What was loaded."""

    weights: Weights
    decoder: Decoder
    vocabulary: Vocabulary
    drafter: Drafter | None


def open_files(files: Files, stop: StopFlag, progress: Callable[[float], None], stack: ExitStack) -> Opened:
    """Load everything; the stack frees it.

    Raises:
        NotFoundError, ResourceError, EngineError: see ``load_runtime``.
    """
    weights = Weights(files.weights, files.adapters, files.options, files.placement, stop, progress)
    stack.callback(weights.close)
    placement = files.placement or default_placement(files.options, _trained(weights))
    decoder = Decoder(weights, placement, stop)
    stack.callback(decoder.close)
    vocabulary = Vocabulary(weights.llama, weights.vocabulary)
    drafter = None
    if files.drafts:
        drafter = _open_draft(files, placement, vocabulary, stop, stack)
    return Opened(weights, decoder, vocabulary, drafter)


def _open_draft(
    files: Files, placement: Placement, vocabulary: Vocabulary, stop: StopFlag, stack: ExitStack
) -> Drafter:
    """Load a draft beside its model: all of it on the first device that the model uses."""
    beside = None
    if files.placement is not None:
        layers = _ALL_LAYERS if placement.gpu_layers else 0
        beside = replace(placement, gpu_layers=layers, devices=placement.devices[:1], split="none", tensor_split=())
    draft = Weights(files.drafts, (), files.options, beside, stop, lambda _fraction: None)
    stack.callback(draft.close)
    known = Vocabulary(draft.llama, draft.vocabulary)
    check_vocabularies(vocabulary, known)
    context = min(placement.context, _trained(draft) or placement.context)
    decoder = Decoder(draft, replace(placement, context=context, outputs=placement.parallel), stop)
    stack.callback(decoder.close)
    return Drafter(decoder, vocabulary.size)


def _trained(weights: Weights) -> int:
    tokens: int = weights.llama.llama_model_n_ctx_train(weights.model)
    return tokens
