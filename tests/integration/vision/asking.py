"""Ask a runtime about images, with the most probable tokens as its answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from olbuild.core.errors import OlbuildError
from olbuild.running.jobs import Job, JobEvent, Part, Piece
from olbuild.running.options import Sampling
from olbuild.running.requests import Done, TokenLogprob
from olbuild.running.runtime import LlamaRuntime

COUNT = 16
_TIE = 0.01


class Answer(tuple[TokenLogprob, ...]):
    """Tokens that were chosen."""

    __slots__ = ()

    @property
    def bytes(self) -> bytes:
        """Their bytes; control tokens have none."""
        return b"".join(one.data for one in self)

    def agrees(self, other: Answer) -> bool:
        """Whether both are the same, up to a place where two tokens are about equally probable.

        Rounding depends on what is evaluated together and on where it is kept.
        """
        for mine, its in zip(self, other, strict=False):
            if mine.data != its.data:
                return all(abs(one.top[0].logprob - one.top[1].logprob) < _TIE for one in (mine, its))
        return len(self) == len(other)


class Asked:
    """A question on its way: texts, with an image between each two."""

    def __init__(
        self, runtime: LlamaRuntime, texts: Sequence[str], images: Sequence[bytes], *, count: int = COUNT
    ) -> None:
        tokens = [*runtime.tokenize(texts[0])]
        parts: dict[int, Part] = {}
        for image, text in zip(images, texts[1:], strict=True):
            picture = runtime.look(image)
            tokens += (*picture.tokens, *runtime.tokenize(text, add_bos=False))
            parts |= picture.parts
        self._events: list[JobEvent] = []
        self._ended = threading.Event()
        sampling = Sampling(temperature=0, num_predict=count, repeat_penalty=1)
        every = frozenset(range(300))
        job = Job(prompt=tuple(tokens), parts=parts, sampling=sampling, visible=every, logprobs=2)
        self.ticket = runtime.submit(job, self._hear)

    def _hear(self, event: JobEvent) -> None:
        self._events.append(event)
        if not isinstance(event, Piece):
            self._ended.set()

    def wait(self) -> JobEvent:
        """Return the last event."""
        assert self._ended.wait(60)
        return self._events[-1]

    @property
    def done(self) -> Done:
        last = self.wait()
        if isinstance(last, OlbuildError):
            raise last
        assert isinstance(last, Done)
        return last

    @property
    def answer(self) -> Answer:
        """The tokens of the answer."""
        _ = self.done  # which raises if it failed
        pieces = (event for event in self._events if isinstance(event, Piece))
        return Answer(logprob for piece in pieces for logprob in piece.logprobs)
