"""Many sequences in one context of llama.cpp, driven by the steps of a scheduler.

Where there are cells for a whole context of each, each sequence has a memory of its own, and what several begin with
is copied. Otherwise all share one (``kv_unified``), where tokens can be in common and a cell that one does not need is
free for any other; each token then looks at the cells of all others, which flash attention passes over cheaply.

How far a request gives the same bits again: on the processor, the logits of a token do not depend on what else is
evaluated, as long as a step has fewer than 64 tokens (measured with SmolLM2, Q4_1: with flash attention from 1 to 33
sequences, without it 8). They do depend on two other things. Steps of 64 tokens and more use other kernels. And
attention adds up in the order of the cells, which holes change that were left by sequences that were forgotten. So a
model that was just loaded repeats itself; later, and beside others, the same seed can part ways where two tokens are
about equally probable. Types of weights that are multiplied in blocks (Q4_0 and Q4_K on some processors, graphics
processors) make the number of tokens in a step matter, too.
"""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from olbuild.core.errors import EngineError, OlbuildError, ResourceError
from olbuild.core.records import replace
from olbuild.llama.log import LOG
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.batch import Batch
from olbuild.running.engine.cache import Cache
from olbuild.running.engine.eyes import Eyes
from olbuild.running.engine.failure import failure
from olbuild.running.engine.native import context_parameters
from olbuild.running.engine.outcome import NotEvaluated, not_evaluated
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import NO_PARTS, Part
from olbuild.running.media import key_of
from olbuild.running.placement import Placement
from olbuild.running.steps import Feed, Room, Step

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LOGGER = logging.getLogger(__name__)
_GROWTH = 4


class Decoder:
    """The keys and values of all sequences, and the one place where they change.

    Where each sequence has a memory of its own it begins with few of them, as ``Placement.first`` says, and with room
    for few tokens of each (``Placement.ready``), and can grow: memory that llama.cpp has made is in use, whether
    anything was written to it or not.

    Args:
        weights: the model, which must outlive it.
        placement: how many sequences and cells there shall be.
        stop: ends an evaluation early when it is set.
        eyes: what makes vectors of images; it must outlive the decoder.

    Attributes:
        room: what there is now.

    Raises:
        ResourceError: if the memory for it cannot be had.
        EngineError: if llama.cpp cannot make it.
    """

    def __init__(self, weights: Weights, placement: Placement, stop: StopFlag, eyes: Eyes | None = None) -> None:
        """Make an empty context."""
        import numpy as np  # noqa: PLC0415 - costs 100 ms, which loading hides

        self._eyes = eyes
        self._llama, self._weights, self._placement, self._stop = weights.llama, weights, placement, stop
        self._separate = not placement.shared
        self._most, self._context = placement.parallel, placement.context
        self._cache = Cache(weights.llama, weights.model, separate=self._separate)
        self._vocabulary: int = weights.llama.llama_vocab_n_tokens(weights.vocabulary)
        self._handle: Any = None
        self._feeds: Sequence[Feed] = ()
        self._behind = 0  # how many evaluations have followed the one of these feeds
        self._none = np.empty((0, self._vocabulary), np.float32)
        self._logits, self._where = self._none, (0, 0)  # of the last time: where llama.cpp had them, how many rows
        first, ready = (placement.first, placement.ready) if self._separate else (0, 0)
        self.room = self._open(min(first or self._most, self._most), min(ready or self._context, self._context))

    def _open(self, sequences: int, ready: int) -> Room:
        """Make a context with so many sequences, which are empty, and room for so many tokens of each."""
        llama, placement = self._llama, self._placement
        if placement.plain and sequences > placement.first:
            placement = replace(placement, flash_attention=False)
        if sequences < placement.parallel or ready < placement.context:
            placement = replace(placement, parallel=sequences, context=ready, cells=ready * sequences)
        LOG.clear()
        parameters = context_parameters(llama, placement, self._stop)
        parameters.n_outputs_max = max(parameters.n_outputs_max, self._placement.parallel)
        self._handle = llama.llama_init_from_model(self._weights.model, parameters)
        if not self._handle:
            cells = parameters.n_ctx
            raise failure(f"llama.cpp cannot make a context of {cells} tokens", hint="use a smaller num_ctx")
        try:
            self._weights.apply_adapters(self._handle)
        except BaseException:
            self.close()
            raise
        self._cache.attach(self._handle, llama.llama_n_seq_max(self._handle))
        self._batch = Batch(llama, llama.llama_n_batch(self._handle), parameters.n_outputs_max)
        return self._measure(placement)

    def _measure(self, placement: Placement) -> Room:
        llama = self._llama
        cells: int = llama.llama_n_ctx(self._handle)
        sequences: int = llama.llama_n_seq_max(self._handle)
        ready: int = min(placement.context, llama.llama_n_ctx_seq(self._handle))
        part = placement.context < self._context  # of a context
        return Room(
            cells=self._context * sequences if part else cells,
            context=self._context if part else ready,
            ready=ready if part else 0,
            sequences=sequences,
            batch=self._batch.size,
            outputs=self._batch.outputs,
            cuts=not self._cache.states,
            copies=not self._cache.states,
            shifts=self._cache.shifts,
            saved=placement.saved,
            state=placement.state,
            parts=self._cache.parts,
        )

    @property
    def floors(self) -> Mapping[int, int]:
        """The shortest lengths to which sequences can be cut, now, as ``Scheduler.schedule`` wants them."""
        return self._cache.floors()

    @property
    def grows(self) -> bool:
        """Whether there can be more sequences than there are, now."""
        return self._separate and self.room.sequences < self._most and not self._cache.moved

    @property
    def spare(self) -> int:
        """How many sequences there are before ``grow`` costs all that was read: for many, attention may be another."""
        forgets = self._placement.plain and self.room.sequences <= self._placement.first and self.grows
        return self.room.sequences if forgets else sys.maxsize

    def grow(self, wanted: int, *, whole: bool = False) -> frozenset[int]:
        """Have more sequences, so many if that can be; those that there are keep what they hold.

        Without the memory for it there is as much as before: there will not be more sequences, or if there were to be
        as many as before, no room for more tokens.

        Args:
            wanted: how many.
            whole: whether each shall have room for a whole context, from now on.

        Returns:
            Sequences that hold nothing any more, for want of memory.

        Raises:
            ResourceError, EngineError: if not even the old ones can be had again.
        """
        before, ready = self.room.sequences, self.room.ready or self._context
        more = min(self._most, _next(before, wanted))
        held = self._cache.held()
        state, lost = self._cache.take()
        self.close()  # first: memory may not suffice for both
        try:
            self.room = self._open(more, self._context if whole else ready)
        except (ResourceError, EngineError) as error:
            if more > before:
                _LOGGER.warning("no more than %d requests at once: %s", before, error.message)
                self._most = before
            else:
                _LOGGER.warning("no more than %d tokens of a request: %s", ready, error.message)
                self._context = ready
            self.room = self._open(before, ready)
        return lost if self._cache.put(state) else held

    def apply(self, step: Step, parts: Mapping[int, Part] = NO_PARTS) -> npt.NDArray[np.float32]:
        """Do a step; return the logits of its outputs, in the order of the feeds, a row each.

        The rows are llama.cpp's memory: they hold until the next step.

        Args:
            step: the step.
            parts: the parts of images that it feeds, by their keys. Such a feed has no outputs.

        Raises:
            NotEvaluated: if the feeds did not happen.
        """
        lost: set[int] = set()
        for edit in step.edits:
            self._cache.edit(edit, lost)
        if lost:
            raise NotEvaluated(lost=frozenset(lost))
        shown = [feed for feed in step.feeds if any(map(key_of, feed.tokens[:1]))]
        for feed in shown:
            self._show(feed, parts[key_of(feed.tokens[0])], shown)
        try:
            return self._evaluate([feed for feed in step.feeds if feed not in shown] if shown else step.feeds)
        except NotEvaluated as failed:
            failed.lost |= self._take_back(shown)
            raise

    def follow(self, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """Evaluate a token more behind each feed of the last step, as ``Step.ahead`` allows it; return the same.

        Raises:
            NotEvaluated: if that did not happen. What was evaluated before stays.
        """
        self._batch.follow(tokens)
        self._behind += 1
        return self._decode(len(tokens))

    def _show(self, feed: Feed, part: Part, shown: Sequence[Feed]) -> None:
        """Evaluate a part of an image, apart from tokens, with which llama.cpp cannot mix it; ``shown`` are all."""
        if self._eyes is None:
            raise ValueError("a part of an image was fed to a model without a projector")
        try:
            vectors = self._eyes.encode(part)
        except OlbuildError as error:
            raise NotEvaluated(lost=self._take_back(shown), error=error, request=feed.request) from None
        LOG.clear()
        position = self._cache.places.position(feed.sequence, feed.position)
        code = self._eyes.show(self._handle, part, vectors, feed.sequence, position, self._batch.size)
        if code != 0:
            failed = self._failed(code, [feed])
            failed.lost, failed.request = failed.lost | self._take_back(shown), feed.request
            raise failed
        self._cache.note_evaluation()
        self._cache.places.add(feed.sequence, feed.position + part.places, part.places - part.positions)

    def _evaluate(self, feeds: Sequence[Feed]) -> npt.NDArray[np.float32]:
        placed, places = feeds, self._cache.places
        if places:
            placed = [replace(feed, position=places.position(feed.sequence, feed.position)) for feed in feeds]
        self._feeds, self._behind = feeds, 0
        return self._decode(self._batch.fill(placed)) if feeds else self._none

    def _decode(self, outputs: int) -> npt.NDArray[np.float32]:
        """Evaluate what the batch holds."""
        LOG.clear()
        code: int = self._llama.llama_decode(self._handle, self._batch.native)
        if code != 0:
            raise self._failed(code, self._under_way())
        self._cache.note_evaluation()
        if not outputs:
            return self._none
        rows = self._llama.llama_get_logits(self._handle)
        if not rows:
            raise NotEvaluated(lost=self._take_back(self._under_way()), error=failure("llama.cpp has no logits"))
        if (where := (ctypes.addressof(rows.contents), outputs)) != self._where:
            import numpy as np  # noqa: PLC0415 - seldom needed, and loaded long ago

            self._where, self._logits = where, np.ctypeslib.as_array(rows, (outputs, self._vocabulary))
        return self._logits

    def _under_way(self) -> Sequence[Feed]:
        """Return what the batch holds, as feeds."""
        return [replace(feed, position=feed.position + self._behind) for feed in self._feeds]

    def _failed(self, code: int, feeds: Sequence[Feed]) -> NotEvaluated:
        """Give what llama_decode returned its meaning."""
        return not_evaluated(code, sum(len(feed.tokens) for feed in feeds), lambda: self._forget(feeds))

    def _forget(self, feeds: Sequence[Feed]) -> frozenset[int]:
        """Forget what an evaluation did that failed on its way; return the sequences that hold nothing any more.

        States are moved by an evaluation, also those of sequences that it is not for, and llama.cpp takes them for
        moved when it was aborted. So none of them can be trusted.
        """
        if not self._cache.states:
            return self._take_back(feeds)
        held = self._cache.held()
        for sequence in held:
            self._cache.cut(sequence, 0)
        return held | {feed.sequence for feed in feeds if feed.position}

    def _take_back(self, feeds: Sequence[Feed]) -> frozenset[int]:
        """Forget what was evaluated; return the sequences that had to be forgotten as a whole."""
        return frozenset(feed.sequence for feed in feeds if not self._cache.cut(feed.sequence, feed.position))

    def close(self) -> None:
        """Free the context. Safe to call twice."""
        if self._handle:
            self._llama.llama_free(self._handle)
        self._handle = None


def _next(size: int, wanted: int) -> int:
    """Return a size that suffices: if a larger one, often enough four times as much, for to grow takes time."""
    while size < wanted:
        size *= _GROWTH
    return size
