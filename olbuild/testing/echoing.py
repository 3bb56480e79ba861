"""A manager of models that repeat what they are told: a double for tests of what the HTTP server translates."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import field

from olbuild.core.errors import OlbuildError
from olbuild.core.events import Emit, ignore
from olbuild.core.names import Digest
from olbuild.core.records import Mutable
from olbuild.running.manager.port import Running, Wanted
from olbuild.running.requests import (
    Alternative,
    Call,
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
    Rendered,
    Request,
    Rerank,
    Scores,
    Tokenize,
    TokenLogprob,
    Tokens,
)

FACTS = ModelFacts(
    description="echo",
    context=4096,
    trained_context=8192,
    capabilities=("completion", "tools", "thinking", "insert", "vision", "embedding", "rerank"),
    memory=1000,
)


class EchoHandle(Mutable):
    """Repeats the last text that it is given, a word at a time; ``pause`` seconds lie between two of them."""

    manager: EchoManager
    facts: ModelFacts
    load_seconds: float

    async def ask(self, request: Request) -> AsyncIterator[Event]:
        """Answer; whatever the manager shall fail with comes after ``fails_after`` events."""
        manager = self.manager
        manager.asked.append(request)
        try:
            for number, event in enumerate(_events(request)):
                if manager.failure is not None and number == manager.fails_after:
                    raise manager.failure
                if manager.pause or number:
                    await asyncio.sleep(manager.pause)
                yield event
            manager.finished += 1
        finally:
            manager.left += 1


class EchoManager(Mutable):
    """Keeps what it was asked, for tests to look at.

    Attributes:
        asked: all requests, in order.
        wanted: all uses, in order.
        load_seconds: how long a model was waited for.
        finished, left: answers that came to their end, and those that were left, in whatever way.
        failure, fails_after: what asking fails with, and behind how many events.
    """

    facts: ModelFacts = FACTS
    load_seconds: float = 0.5
    pause: float = 0.0
    failure: OlbuildError | None = None
    fails_after: int = 0
    busy: OlbuildError | None = None
    asked: list[Request] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    loaded: dict[Digest, Wanted] = field(default_factory=dict)
    finished: int = 0
    left: int = 0

    @asynccontextmanager
    async def use(self, wanted: Wanted, emit: Emit = ignore) -> AsyncIterator[EchoHandle]:
        """Load at once."""
        del emit
        if self.busy is not None:
            raise self.busy
        self.wanted.append(wanted)
        self.loaded[wanted.root.digest] = wanted
        yield EchoHandle(self, self.facts, self.load_seconds)

    def running(self) -> tuple[Running, ...]:
        """Return what was used and not unloaded."""
        return tuple(
            Running(
                name=wanted.name,
                digest=wanted.root.digest,
                root=wanted.root,
                memory=1000,
                gpu_memory=0,
                context=4096,
                expires=300.0 if wanted.keep_alive is None else None if wanted.keep_alive < 0 else wanted.keep_alive,
                requests=0,
            )
            for wanted in self.loaded.values()
        )

    async def unload(self, root: Digest) -> bool:
        """Forget a model."""
        return self.loaded.pop(root, None) is not None

    async def close(self, grace: float) -> None:
        """Forget all models."""
        await asyncio.sleep(grace * 0)
        self.loaded.clear()


def _events(request: Request) -> list[Event]:
    match request:
        case Chat() | Complete():
            return _answer(request)
        case Render(request=asked):
            return [Rendered(text=f"<{_last(asked)}>", images=_images(asked))]
        case Embed(inputs=inputs):
            vectors = tuple(struct.pack("<3f", 0.1, 0.5, float(len(each))) for each in inputs)
            return [Embeddings(vectors=vectors, prompt_tokens=len(inputs))]
        case Rerank(documents=documents):
            return [Scores(values=tuple(float(len(each)) for each in documents), prompt_tokens=len(documents))]
        case Tokenize(text=text):
            return [Tokens(count=len(text), tokens=tuple(text.encode()))]
        case Detokenize(tokens=tokens):
            return [Rendered(text=bytes(tokens).decode())]
        case CountTokens(request=asked):
            return [Tokens(count=len(_last(asked).split()))]


def _answer(request: Chat | Complete) -> list[Event]:
    text = _last(request)
    words = [word if number == 0 else f" {word}" for number, word in enumerate(text.split(" "))] if text else []
    events: list[Event] = []
    if request.think:
        events.append(Delta(thinking="hm"))
    if isinstance(request, Chat) and request.tools:
        name = str(request.tools[0].get("function", {}).get("name", ""))
        arguments = json.dumps({"said": text})
        events.append(Delta(calls=(Call(id="call_00000000", name=name, arguments=arguments),)))
        words = []
    events += [Delta(content=word, logprobs=_logprobs(request, word)) for word in words]
    limit = request.options.get("num_predict", -1)
    most = limit if isinstance(limit, int) and limit >= 0 else len(words)
    cut = most < len(words)
    events = events[: len(events) - len(words) + most] if cut else events
    tokens = len(events)
    context = tuple(range(tokens)) if isinstance(request, Complete) and not request.raw else ()
    return [
        *events,
        Done(
            finish="length" if cut else "stop",
            prompt_tokens=7,
            cached_tokens=3,
            tokens=tokens,
            prompt_seconds=0.25,
            generation_seconds=0.5,
            seed=1,
            context=context,
        ),
    ]


def _logprobs(request: Chat | Complete, word: str) -> tuple[TokenLogprob, ...]:
    if request.logprobs is None:
        return ()
    top = tuple(Alternative(token=word, data=word.encode(), logprob=-0.5) for _ in range(request.logprobs))
    return (TokenLogprob(token=word, data=word.encode(), logprob=-0.5, top=top),)


def _last(request: Chat | Complete) -> str:
    if isinstance(request, Complete):
        return request.prompt
    content = request.messages[-1].get("content", "") if request.messages else ""
    return content if isinstance(content, str) else json.dumps(content)


def _images(request: Chat | Complete) -> int:
    if isinstance(request, Complete):
        return len(request.images)
    return sum(len(message.get("images", ())) for message in request.messages)
