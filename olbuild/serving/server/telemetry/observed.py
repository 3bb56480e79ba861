"""A manager around a manager, which counts and times what models are asked."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import assert_never

from olbuild.core.errors import OlbuildError
from olbuild.core.events import Emit, ignore
from olbuild.core.names import Digest
from olbuild.running.manager.port import Handle, Manager, Running, Wanted
from olbuild.running.requests import (
    Chat,
    Complete,
    CountTokens,
    Delta,
    Detokenize,
    Done,
    Embed,
    Embeddings,
    Event,
    ModelFacts,
    Render,
    Request,
    Rerank,
    Scores,
    Tokenize,
)
from olbuild.serving.server.telemetry.metrics import PROVIDER, Metrics
from olbuild.serving.server.telemetry.notes import count, note
from olbuild.serving.server.telemetry.tracing import Attributes, Span, Tracer

_UNFORESEEN = "_OTHER"  # what OpenTelemetry calls it
_CANCELLED = "cancelled"


class ObservedManager:
    """Loads models, and gives them back."""

    def __init__(self, manager: Manager, metrics: Metrics, tracer: Tracer) -> None:
        """Watch a manager."""
        self._manager, self._metrics, self._tracer = manager, metrics, tracer

    @asynccontextmanager
    async def use(self, wanted: Wanted, emit: Emit = ignore) -> AsyncIterator[Handle]:
        """Load a model if need be; who waits for it is counted among those that wait."""
        async with AsyncExitStack() as stack:
            begun = time.monotonic()
            note("model", wanted.name)
            try:
                with self._metrics.waiting.track_inprogress():
                    handle = await stack.enter_async_context(self._manager.use(wanted, emit))
            except OlbuildError as error:
                self._metrics.ended("load", wanted.name, time.monotonic() - begun, type(error).__name__)
                note("error", type(error).__name__)
                raise
            if handle.load_seconds:
                note("load_seconds", round(handle.load_seconds, 6))
            observed = _ObservedHandle(handle, wanted.name, self._metrics, self._tracer)
            stack.push_async_callback(observed.close)
            yield observed

    def running(self) -> tuple[Running, ...]:
        """Return the models that are loaded."""
        return self._manager.running()

    async def unload(self, root: Digest) -> bool:
        """Let a model go."""
        return await self._manager.unload(root)

    async def close(self, grace: float) -> None:
        """End."""
        await self._manager.close(grace)


class _ObservedHandle:
    """A loaded model in use."""

    def __init__(self, handle: Handle, model: str, metrics: Metrics, tracer: Tracer) -> None:
        self._handle, self._model, self._metrics, self._tracer = handle, model, metrics, tracer
        self._asked: list[AsyncGenerator[Event, None]] = []

    @property
    def facts(self) -> ModelFacts:
        return self._handle.facts

    @property
    def load_seconds(self) -> float:
        return self._handle.load_seconds

    def ask(self, request: Request) -> AsyncIterator[Event]:
        if not isinstance(request, Chat | Complete | Embed | Rerank):
            return self._handle.ask(request)  # nothing that keeps a model busy
        watched = self._watched(request, operation_of(request))
        self._asked.append(watched)
        return watched

    async def close(self) -> None:
        """End the watch over what was not heard to its end."""
        for each in self._asked:
            with suppress(RuntimeError):  # another task is hearing it, and ends it
                await each.aclose()

    async def _watched(self, request: Request, operation: str) -> AsyncGenerator[Event, None]:
        attributes: Attributes = {"gen_ai.operation.name": operation, "gen_ai.request.model": self._model}
        span = self._tracer.begin(f"{operation} {self._model}", {"gen_ai.provider.name": PROVIDER, **attributes})
        begun, error, gauge = time.monotonic(), _CANCELLED, self._metrics.waiting
        gauge.inc()
        try:
            async for event in self._handle.ask(request):
                if gauge is self._metrics.waiting:
                    gauge.dec()
                    gauge = self._metrics.running
                    gauge.inc()
                    first = time.monotonic() - begun
                    self._metrics.first(operation, self._model, first)
                    note("first_seconds", round(first, 6))
                if not isinstance(event, Delta):
                    error = ""
                    self._count(operation, event, span)
                yield event
        except Exception as failure:
            error = type(failure).__name__ if isinstance(failure, OlbuildError) else _UNFORESEEN
            raise
        finally:
            gauge.dec()
            if error:
                note("error", error)
            if error == _CANCELLED:
                self._metrics.cancelled(self._model)
            self._metrics.ended(operation, self._model, time.monotonic() - begun, error)
            span.end(error)

    def _count(self, operation: str, event: Event, span: Span) -> None:
        match event:
            case Done():
                self._metrics.done(operation, self._model, event)
                count("prompt_tokens", event.prompt_tokens)
                count("cached_tokens", event.cached_tokens)
                count("output_tokens", event.tokens)
                span.set(
                    {
                        "gen_ai.usage.input_tokens": event.prompt_tokens,
                        "gen_ai.usage.cache_read.input_tokens": event.cached_tokens,
                        "gen_ai.usage.output_tokens": event.tokens,
                        "gen_ai.response.finish_reasons": (event.finish,),
                    }
                )
            case Embeddings(prompt_tokens=tokens) | Scores(prompt_tokens=tokens):
                self._metrics.read(operation, self._model, tokens)
                count("prompt_tokens", tokens)
                span.set({"gen_ai.usage.input_tokens": tokens})
            case _:
                pass


def operation_of(request: Request) -> str:
    """Return what OpenTelemetry's conventions call a request, or what comes nearest."""
    match request:
        case Chat():
            return "chat"
        case Complete():
            return "text_completion"
        case Embed():
            return "embeddings"
        case Rerank():
            return "rerank"
        case Tokenize() | Detokenize() | CountTokens() | Render():
            return "tokenize"
        case _:
            assert_never(request)
