"""A worker without an engine: it speaks as the real one does, and its model says the words that it is told.

``python -m olbuild.testing.echoworker`` in the place of ``olbuild.running.worker``. A word of the last message can be a
command: ``!abort`` ends the process as native code does, ``!mute`` says nothing until it is cancelled, ``!hang``
nothing for ever, as an engine does that hangs in a step, ``!slow`` waits a little before each word that follows,
``!refuse`` ends the answer with an error, ``!close`` the model. A model takes as much memory as the descriptor of its
root says; one that is called ``broken`` or ``stuck`` cannot be loaded, or never is, ``greedy`` only where no other one
is, and ``twins`` by two processes.
"""

from __future__ import annotations

import os
import sys
import threading
import time

from msgspec import field

from olbuild.core.errors import EngineError, ResourceError, UsageError
from olbuild.core.events import Advanced, Emit, Started
from olbuild.core.records import Mutable
from olbuild.running.failing import failed
from olbuild.running.frames.messages import Load, Loaded, Prepare, Prepared
from olbuild.running.jobs import UnderWay
from olbuild.running.requests import Chat, Delta, Done, ModelFacts, Request, Tell, Tokenize, Tokens
from olbuild.running.worker.serve import serve

COMMAND = (sys.executable, "-m", "olbuild.testing.echoworker")
"""How a manager starts it."""

PARALLEL = 4
"""How many requests it says it works on at once."""

_PARAMETERS = {"num_ctx": 2048}
_AUTOMATIC = {"num_ctx": 4096, "num_batch": 512}
_LOADING = 0.05
_PAUSE = 0.01
_FOR_EVER = 3600.0


class _Ticket(Mutable):
    """Ends an answer."""

    stopped: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """End it at once."""
        self.stopped.set()


class EchoModel:
    """A model that repeats the last message word by word."""

    def __init__(self) -> None:
        """Begin with an engine that works."""
        self.closed = False
        self.cache_use = 0.5
        self.hangs: float | None = None

    @property
    def under_way(self) -> UnderWay | None:
        """A step of a token, if it hangs."""
        return None if self.hangs is None else UnderWay(tokens=1, seconds=time.monotonic() - self.hangs)

    def ask(self, request: Request, tell: Tell) -> _Ticket:
        """Begin a request."""
        match request:
            case Chat():
                text = str(request.messages[-1].get("content", ""))
                ticket = _Ticket()
                self.closed = self.closed or "!close" in text
                if self.closed:
                    raise EngineError("the echo has been closed")
                threading.Thread(target=_answer, args=(self, text, tell, ticket.stopped), daemon=True).start()
                return ticket
            case Tokenize():
                if request.text.startswith("!hang"):
                    time.sleep(_FOR_EVER)
                tell(Tokens(count=len(request.text.split())))
                return _Ticket()
            case _:
                raise UsageError("an echo is only chatted with")


class EchoLoader:
    """Loads such a model."""

    def __init__(self) -> None:
        """Begin without a wish."""
        self._wish: Prepare | None = None

    def prepare(self, wish: Prepare) -> Prepared:
        """Say what a model would take."""
        self._wish = wish
        replicas = 2 if wish.name.startswith("twins") else 1
        return Prepared(host=int(wish.root["size"]), parameters=dict(_PARAMETERS), replicas=replicas)

    def load(self, wish: Load, emit: Emit) -> tuple[EchoModel, Loaded]:
        """Load it."""
        if self._wish is None:
            raise EngineError("nothing was prepared")
        emit(Started(id="load", label="load the echo", total=100))
        if self._wish.name.startswith("stuck"):
            time.sleep(_FOR_EVER)
        if self._wish.name.startswith("greedy") and wish.reserved:
            raise ResourceError("memory ran out", hint="let others go")
        if self._wish.name.startswith("broken"):
            raise EngineError("an echo cannot be loaded that is broken", hint="name it otherwise")
        for _ in range(5):
            time.sleep(_LOADING / 5)
            emit(Advanced(id="load", amount=20))
        fixed = {**_PARAMETERS, **self._wish.options}
        context = fixed["num_ctx"]
        context = context if isinstance(context, int) else 0
        facts = ModelFacts(description="echo", context=context, memory=int(self._wish.root["size"]))
        return EchoModel(), Loaded(
            facts=facts, fixed=fixed, automatic=_AUTOMATIC, parallel=self._wish.parallel or PARALLEL
        )


def _answer(model: EchoModel, text: str, tell: Tell, stopped: threading.Event) -> None:
    pause, count = 0.0, 0
    for word in text.split():
        match word:
            case "!abort":
                sys.stderr.write("GGML_ASSERT(echo) failed\n")
                sys.stderr.flush()
                os.abort()
            case "!mute":
                stopped.wait()
            case "!hang":
                model.hangs = time.monotonic()
                time.sleep(_FOR_EVER)
            case "!slow":
                pause = _PAUSE
            case "!refuse":
                tell(failed(UsageError("this is refused")))
                return
            case _:
                stopped.wait(pause)
                count += 1
                tell(Delta(content=word + " "))
        if stopped.is_set():
            break
    tell(Done(finish="interrupted" if stopped.is_set() else "stop", tokens=count))


if __name__ == "__main__":
    serve(EchoLoader())
