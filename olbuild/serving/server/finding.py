"""From the name in a request to a model of the store, with what it says about itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec
from starlette.requests import Request

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.errors import EngineError
from olbuild.core.records import Frozen
from olbuild.running.manager.port import Handle
from olbuild.running.requests import Chat, Complete, Embed, Event, Rerank
from olbuild.running.requests import Request as Question
from olbuild.serving.server.context import Context, client_of, signature
from olbuild.serving.server.models import Stored
from olbuild.serving.server.uses import find, require

Q = TypeVar("Q", Chat, Complete)
E = TypeVar("E", Embed, Rerank)
A = TypeVar("A", bound=Event)


class Found(Frozen, kw_only=True):
    """A model, what the client calls it, and the parameters that it brings."""

    name: str
    stored: Stored
    parameters: Mapping[str, ParameterValue]


async def found(context: Context, name: str | None) -> Found:
    """Return the model that a request names.

    Raises:
        NotFoundError: if it is not here.
        UsageError: if that is no name.
    """
    stored = find(context, name or "")
    _, bundle = await context.models.runnable(stored)
    return Found(name=name or "", stored=stored, parameters=bundle.parameters)


def signed(request: Request, question: Q) -> Q:
    """Return a request that says who asks."""
    return msgspec.structs.replace(question, **signature(request))


def signed_plain(request: Request, question: E) -> E:
    """Return a request without cache that says who asks."""
    return msgspec.structs.replace(question, client=client_of(request))


def needs(question: Chat | Complete) -> Sequence[str]:
    """Return what a model must be able to do for a request."""
    if isinstance(question, Chat):
        images = any(message.get("images") for message in question.messages)
        wishes: dict[str, object] = {"tools": question.tools, "thinking": question.think, "vision": images}
    else:
        wishes = {"insert": question.suffix, "thinking": question.think, "vision": question.images}
    return ("completion", *(name for name, wish in wishes.items() if wish))


def fitting(handle: Handle, model: Found, question: Chat) -> Chat:
    """Return what is asked of a model: one that cannot think is not asked to.

    Clients of Anthropic's API say how much effort they wish whatever the model is; Ollama lets them.

    Raises:
        UnsupportedError: if there is something else that it cannot do.
    """
    if question.think and "thinking" not in handle.facts.capabilities:
        question = msgspec.structs.replace(question, think=None)
    require(handle, model.name, needs(question))
    return question


@asynccontextmanager
async def using(context: Context, request: Request, model: Found, needed: Sequence[str] = ()) -> AsyncIterator[Handle]:
    """Load a model if need be, and check that it can do what is asked.

    Raises:
        UnsupportedError: if it cannot.
        OlbuildError: as it cannot be loaded.
    """
    async with context.use(model.stored, client=client_of(request)) as handle:
        require(handle, model.name, needed)
        yield handle


async def only(handle: Handle, question: Question, kind: type[A]) -> A:
    """Return the one event that answers a request.

    Raises:
        OlbuildError: as it fails.
    """
    async for event in handle.ask(question):
        if isinstance(event, kind):
            return event
    raise EngineError("the model gave no answer")
