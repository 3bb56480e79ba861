"""From the pieces of a job to the events of a request."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence

import msgspec

from olbuild.core.errors import EngineError, OlbuildError
from olbuild.running.chat.parsing import Called, Content, OutputParser, Parsed, Thought
from olbuild.running.failing import failed
from olbuild.running.jobs import JobEvent, Piece
from olbuild.running.requests import Call, Delta, Done, Tell, TokenLogprob

_LOGGER = logging.getLogger("olbuild.running")


class Answer:
    """Hears one job in the engine's thread and says what its request is told.

    Args:
        parser: reads thoughts and calls out of the text.
        tell: hears the events of the request.
        finish: makes the last event of what the job says at its end and of all text.
    """

    def __init__(self, parser: OutputParser, tell: Tell, finish: Callable[[Done, str], Done]) -> None:
        """Begin."""
        self._parser, self._tell, self._finish = parser, tell, finish
        self._text: list[str] = []
        self._logprobs: list[TokenLogprob] = []
        self._ended = False

    def __call__(self, event: JobEvent) -> None:
        """Hear an event. What fails here ends this request, and must not reach the engine, which serves others too."""
        if self._ended:
            return
        try:
            self._hear(event)
        except OlbuildError as error:
            self._end(error)
        except Exception:
            _LOGGER.exception("an answer could not be read")
            self._end(EngineError("olbuild failed to read the answer of the model"))

    def _hear(self, event: JobEvent) -> None:
        match event:
            case Piece():
                self._text.append(event.text)
                self._logprobs += event.logprobs
                self._say(self._parser.feed(event.text))
            case Done():
                self._say(self._parser.finish())
                if self._logprobs:
                    self._say_delta(Delta())
                self._ended = True
                self._tell(self._finish(event, "".join(self._text)))
            case OlbuildError():
                self._say(self._parser.finish())
                self._end(event)

    def _end(self, error: OlbuildError) -> None:
        self._ended = True
        self._tell(failed(error))

    def _say(self, parts: Sequence[Parsed]) -> None:
        for part in parts:
            match part:
                case Content(text):
                    self._say_delta(Delta(content=text))
                case Thought(text):
                    self._say_delta(Delta(thinking=text))
                case Called(name, arguments, ident):
                    call = Call(id=ident or f"call_{os.urandom(4).hex()}", name=name, arguments=arguments)
                    self._say_delta(Delta(calls=(call,)))

    def _say_delta(self, delta: Delta) -> None:
        if self._logprobs:
            delta = msgspec.structs.replace(delta, logprobs=tuple(self._logprobs))
            self._logprobs.clear()
        self._tell(delta)
