"""Many sequences in one context of llama.cpp, driven by the steps of a scheduler.

All sequences share one memory (``kv_unified``): only there can they have tokens in common, and a cell that one does not
need is free for any other. The price is that each token looks at the cells of all others and passes over them: about a
third more processor time per token with 64 short sequences (SmolLM2-135M, two cores) than with a memory for each, and
nothing that could be measured with four. With a memory for each, 16 users with a common prompt would read it 16 times.
Flash attention is what passes over foreign cells cheaply; without it they are multiplied first.

How far a request gives the same bits again: on the processor, with flash attention, the logits of a token do not depend
on what else is evaluated, as long as a step has fewer than 64 tokens (measured with SmolLM2, Q4_1, from 1 to 33
sequences). They do depend on two other things. Steps of 64 tokens and more use another attention kernel. And attention
adds up in the order of the cells, which holes change that were left by sequences that were forgotten. So a model that
was just loaded repeats itself; later, and beside others, the same seed can part ways where two tokens are about equally
probable. Types of weights that are multiplied in blocks (Q4_0 and Q4_K on some processors, graphics processors) make
the number of tokens in a step matter, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from olbuild.core.errors import OlbuildError
from olbuild.llama.log import LOG
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.batch import Batch
from olbuild.running.engine.eyes import Eyes
from olbuild.running.engine.failure import failure
from olbuild.running.engine.native import context_parameters
from olbuild.running.engine.places import Places
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import NO_PARTS, Part
from olbuild.running.media import key_of
from olbuild.running.placement import Placement
from olbuild.running.steps import Copy, Cut, Feed, Room, Shift, Step

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class NotEvaluated(Exception):
    """The feeds of a step did not happen; its cuts, copies and shifts did.

    Attributes:
        lost: sequences that hold nothing any more, because the model cannot forget a part of one.
        full: there were not enough cells.
        error: what llama.cpp says; ``None`` if the stop flag was set, or ``full``.
        request: whose error it is; ``None`` if it is that of all requests of the step.
    """

    def __init__(
        self,
        *,
        lost: frozenset[int] = frozenset(),
        full: bool = False,
        error: OlbuildError | None = None,
        request: int | None = None,
    ) -> None:
        """Keep the facts."""
        super().__init__()
        self.lost, self.full, self.error, self.request = lost, full, error, request


class Decoder:
    """The keys and values of all sequences, and the one place where they change.

    Args:
        weights: the model, which must outlive it.
        placement: how many sequences and cells there shall be.
        stop: ends an evaluation early when it is set.
        eyes: what makes vectors of images; it must outlive the decoder.

    Raises:
        ResourceError: if the memory for it cannot be had.
        EngineError: if llama.cpp cannot make it.
    """

    def __init__(self, weights: Weights, placement: Placement, stop: StopFlag, eyes: Eyes | None = None) -> None:
        """Make an empty context."""
        llama = self._llama = weights.llama
        self._stop, self._eyes, self._places = stop, eyes, Places()
        LOG.clear()
        parameters = context_parameters(llama, placement, stop)
        self._handle = llama.llama_init_from_model(weights.model, parameters)
        if not self._handle:
            cells = parameters.n_ctx
            raise failure(f"llama.cpp cannot make a context of {cells} tokens", hint="use a smaller num_ctx")
        try:
            weights.apply_adapters(self._handle)
        except BaseException:
            self.close()
            raise
        self._memory = llama.llama_get_memory(self._handle)
        self._batch = Batch(llama, llama.llama_n_batch(self._handle), parameters.n_outputs_max)
        self._vocabulary: int = llama.llama_vocab_n_tokens(weights.vocabulary)
        self._separate = not placement.shared
        self.room = self._measure(weights, placement)

    def _measure(self, weights: Weights, placement: Placement) -> Room:
        llama, model = self._llama, weights.model
        windowed = llama.llama_model_n_swa(model) > 0 and not placement.full_window
        whole_only = llama.llama_model_is_recurrent(model) or llama.llama_model_is_hybrid(model) or windowed
        cells: int = llama.llama_n_ctx(self._handle)
        return Room(
            cells=cells,
            context=min(placement.context, llama.llama_n_ctx_seq(self._handle)),
            sequences=llama.llama_n_seq_max(self._handle),
            batch=self._batch.size,
            outputs=self._batch.outputs,
            cuts=not whole_only,
            copies=not whole_only,
            shifts=bool(llama.llama_memory_can_shift(self._memory)),
        )

    def apply(self, step: Step, parts: Mapping[int, Part] = NO_PARTS) -> npt.NDArray[np.float32]:
        """Do a step; return the logits of its outputs, in the order of the feeds, a row each.

        The rows are llama.cpp's memory: they hold until the next step.

        Args:
            step: the step.
            parts: the parts of images that it feeds, by their keys. Such a feed has no outputs.

        Raises:
            NotEvaluated: if the feeds did not happen.
        """
        llama, memory = self._llama, self._memory
        for edit in step.edits:
            match edit:
                case Cut(sequence, length):
                    self._cut(sequence, length)
                case Copy(source, target, length):
                    self._copy(source, target, length)
                case Shift(sequence, keep, discard):  # never of a sequence with parts of images
                    llama.llama_memory_seq_rm(memory, sequence, keep, keep + discard)
                    llama.llama_memory_seq_add(memory, sequence, keep + discard, -1, -discard)
                case _:
                    assert_never(edit)
        shown = [feed for feed in step.feeds if key_of(feed.tokens[0])]
        texts = [feed for feed in step.feeds if not key_of(feed.tokens[0])]
        for feed in shown:
            self._show(feed, parts[key_of(feed.tokens[0])], shown)
        try:
            return self._evaluate(texts)
        except NotEvaluated as failed:
            failed.lost |= self._take_back(shown)
            raise

    def _show(self, feed: Feed, part: Part, shown: Sequence[Feed]) -> None:
        """Evaluate a part of an image, apart from tokens, with which llama.cpp cannot mix it; ``shown`` are all."""
        if self._eyes is None:
            raise ValueError("a part of an image was fed to a model without a projector")
        try:
            vectors = self._eyes.encode(part)
        except OlbuildError as error:
            raise NotEvaluated(lost=self._take_back(shown), error=error, request=feed.request) from None
        LOG.clear()
        position = self._places.position(feed.sequence, feed.position)
        code = self._eyes.show(self._handle, part, vectors, feed.sequence, position, self._batch.size)
        if code != 0:
            failed = self._failed(code, [feed])
            raise NotEvaluated(
                lost=failed.lost | self._take_back(shown), full=failed.full, error=failed.error, request=feed.request
            )
        self._places.add(feed.sequence, feed.position + part.places, part.places - part.positions)

    def _copy(self, source: int, target: int, length: int) -> None:
        """Copy a beginning; from one memory to another, which knows only whole ones, all and then cut it."""
        whole = self._separate or not self.room.copies
        end = -1 if whole else self._places.position(source, length)
        self._llama.llama_memory_seq_cp(self._memory, source, target, -1, end)
        self._places.copy(source, target, length)
        if self._separate:
            self._cut(target, length)

    def _evaluate(self, feeds: Sequence[Feed]) -> npt.NDArray[np.float32]:
        import numpy as np  # noqa: PLC0415 - costs 100 ms, which loading hides

        placed = [replace(feed, position=self._places.position(feed.sequence, feed.position)) for feed in feeds]
        outputs = self._batch.fill(placed) if feeds else 0
        LOG.clear()
        code: int = self._llama.llama_decode(self._handle, self._batch.native) if feeds else 0
        if code != 0:
            raise self._failed(code, feeds)
        if not outputs:
            return np.empty((0, self._vocabulary), np.float32)
        rows = self._llama.llama_get_logits(self._handle)
        if not rows:
            raise NotEvaluated(lost=self._take_back(feeds), error=failure("llama.cpp has no logits"))
        return np.ctypeslib.as_array(rows, (outputs, self._vocabulary))

    def _failed(self, code: int, feeds: Sequence[Feed]) -> NotEvaluated:
        """Give what llama_decode returned its meaning."""
        count = sum(len(feed.tokens) for feed in feeds)
        match code:
            case 1:  # no cells; the memory is as it was before
                return NotEvaluated(full=True)
            case -1:  # as before, too
                return NotEvaluated(error=failure(f"llama.cpp refused to evaluate {count} tokens"))
            case 2:  # aborted
                return NotEvaluated(lost=self._take_back(feeds))
        error = failure(f"llama.cpp failed to evaluate {count} tokens (code {code})")
        return NotEvaluated(lost=self._take_back(feeds), error=error)

    def _take_back(self, feeds: Sequence[Feed]) -> frozenset[int]:
        """Forget what an evaluation did before it failed; return the sequences that had to be forgotten as a whole."""
        return frozenset(feed.sequence for feed in feeds if not self._cut(feed.sequence, feed.position))

    def _cut(self, sequence: int, length: int) -> bool:
        """Forget the end of a sequence; all of it where that cannot be done. Return whether it could."""
        start = self._places.position(sequence, length)
        if self._llama.llama_memory_seq_rm(self._memory, sequence, start, -1):
            self._places.cut(sequence, length)
            return True
        self._llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        self._places.cut(sequence, 0)
        return False

    def close(self) -> None:
        """Free the context. Safe to call twice."""
        if self._handle:
            self._llama.llama_free(self._handle)
        self._handle = None
