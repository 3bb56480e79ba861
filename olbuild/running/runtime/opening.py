"""What answers with loaded weights: their context, their eyes, and the draft with its own."""

from __future__ import annotations

from contextlib import ExitStack

from olbuild.core.errors import EngineError, ResourceError
from olbuild.core.records import Frozen, replace
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.eyes import Eyes
from olbuild.running.engine.native import default_placement
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.engine.weights import Weights
from olbuild.running.options import GUESSED_AT_ONCE
from olbuild.running.placement import Placement
from olbuild.running.runtime.drafting import Drafter, check_vocabularies
from olbuild.running.runtime.files import Files

_ALL_LAYERS = 999


class Opened(Frozen):
    """What was opened. There is no decoder of weights that cannot continue a text. Eyes are opened when needed."""

    placement: Placement
    decoder: Decoder | None
    vocabulary: Vocabulary
    drafter: Drafter | None
    eyes: Eyes | None = None
    notes: tuple[str, ...] = ()


def open_with(weights: Weights, files: Files, stop: StopFlag, stack: ExitStack) -> Opened:
    """Open everything beside the weights; the stack frees it.

    Raises:
        ResourceError: if memory does not suffice for the model.
        EngineError: if llama.cpp cannot use it; a draft that cannot be used is left out, with a note.
    """
    placement = files.placement or default_placement(files.options, _trained(weights))
    vocabulary = Vocabulary(weights.llama, weights.vocabulary)
    if not weights.generates:
        return Opened(placement, None, vocabulary, None)
    eyes = None if files.projector is None else Eyes(weights, files.projector, placement)
    if eyes is not None:
        stack.callback(eyes.close)
    decoder = Decoder(weights, placement, stop, eyes)
    stack.callback(decoder.close)
    opened = Opened(placement, decoder, vocabulary, None, eyes)
    if not files.drafts:
        return opened
    try:
        with ExitStack() as beside:
            drafter = _open_draft(files, placement, vocabulary, stop, beside)
            stack.push(beside.pop_all())
    except (EngineError, ResourceError) as error:
        if stop:
            raise
        # There are drafts of kinds that llama.cpp cannot use so (MTP heads). The model gives the same answers without.
        return replace(opened, notes=(f"the draft model is not used: {error.message}",))
    return replace(opened, drafter=drafter)


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
    if not draft.generates:
        raise EngineError("it cannot continue a text")
    known = Vocabulary(draft.llama, draft.vocabulary)
    check_vocabularies(vocabulary, known)
    context = min(placement.context, _trained(draft) or placement.context)
    sequences = min(placement.parallel, GUESSED_AT_ONCE)
    cells = placement.cells if placement.shared else context * sequences
    whole = replace(placement, first=0, ready=0, saved=0)
    room = replace(whole, context=context, parallel=sequences, cells=cells, outputs=sequences)
    decoder = Decoder(draft, room, stop)
    stack.callback(decoder.close)
    return Drafter(decoder, vocabulary.size)


def _trained(weights: Weights) -> int:
    tokens: int = weights.llama.llama_model_n_ctx_train(weights.model)
    return tokens
