"""Ask a runtime, and wait for the answer."""

from collections.abc import Iterator
from queue import SimpleQueue

from olbuild.core.errors import OlbuildError
from olbuild.running.jobs import Job, JobEvent, Piece, Runtime
from olbuild.running.options import Sampling
from olbuild.running.requests import Done
from olbuild.running.runtime import load_runtime

__all__ = ["FRANCE", "STORY", "Asked", "ask", "job", "listen", "load_runtime"]

FRANCE = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
STORY = "<|im_start|>user\nTell me a story about a fox.<|im_end|>\n<|im_start|>assistant\n"


def job(runtime: Runtime, prompt: str, **sampling: object) -> Job:
    """Return a job; greedy and short unless told otherwise."""
    wishes = {"temperature": 0.0, "num_predict": 48, **sampling}
    return Job(prompt=runtime.tokenize(prompt), sampling=Sampling(**wishes))  # type: ignore[arg-type]


class Asked:
    """A job that was submitted."""

    def __init__(self, runtime: Runtime, asked: Job) -> None:
        """Submit it."""
        self._events: SimpleQueue[JobEvent] = SimpleQueue()
        self.cancel = runtime.submit(asked, self._events.put).cancel

    def __iter__(self) -> Iterator[JobEvent]:
        """Hear its events, the last one included."""
        while isinstance(event := self._events.get(timeout=120), Piece):
            yield event
        yield event

    def answer(self) -> tuple[str, Done]:
        """Wait for the end; return text and figures, or raise the error."""
        *pieces, end = self
        if isinstance(end, OlbuildError):
            raise end
        assert isinstance(end, Done)
        return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), end


def listen(runtime: Runtime, prompt: str, **sampling: object) -> list[JobEvent]:
    """Return all events of an answer."""
    return list(Asked(runtime, job(runtime, prompt, **sampling)))


def ask(runtime: Runtime, prompt: str = FRANCE, **sampling: object) -> tuple[str, Done]:
    """Return the answer to a prompt."""
    return Asked(runtime, job(runtime, prompt, **sampling)).answer()
