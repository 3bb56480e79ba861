"""What a loaded model can be asked, and what it says back: one vocabulary, in this process and through a pipe.

Every type is a msgspec struct with a tag, so that a request and its events travel between processes as they are. A
request begets events: any number of ``Delta``, then exactly one that ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

Json: TypeAlias = Any
"""A JSON value; msgspec reads no recursive aliases."""

Finish: TypeAlias = Literal["stop", "length", "interrupted"]
"""Why an answer ended: the model or a stop text ended it; a limit or the context was reached; someone closed it."""


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all of them are."""


class Grammar(_Frozen, frozen=True, kw_only=True):
    """What an answer must look like.

    ``text`` is a JSON Schema as JSON, a regular expression, a grammar in llguidance's Lark or in llama.cpp's GBNF (root
    rule ``root``); for ``json``, which is any object, it is empty.
    """

    kind: Literal["json", "json_schema", "regex", "lark", "gbnf"]
    text: str = ""


class Wishes(_Frozen, frozen=True, kw_only=True):
    """What all requests for an answer share.

    Attributes:
        options: parameters of this answer, which win over the model's. ``None`` as a value is not there.
        format: what the answer must look like.
        think: whether to think, or how much; ``None`` is the model's habit.
        truncate: drop the oldest messages of a conversation that is too long, instead of refusing it.
        shift: when the context is full, forget its older half and go on, instead of ending the answer.
        logprobs: with the log-probabilities of each token and of so many alternatives; ``None`` is without.
        client: who asks; clients get equal shares of a busy model.
        cache: what was read for one value is never reused for another one.
        priority: higher goes first.
    """

    options: Mapping[str, int | float | bool | str | tuple[str, ...] | None] = {}
    format: Grammar | None = None
    think: bool | str | None = None
    truncate: bool = True
    shift: bool = False
    logprobs: int | None = None
    client: str = ""
    cache: str = ""
    priority: int = 0


class Chat(Wishes, frozen=True, kw_only=True, tag="chat"):
    """Answer a conversation.

    Attributes:
        messages: objects with ``role`` and ``content`` as the HTTP APIs have them; ``images`` are bytes.
        tools: the tools that the model may call, as the HTTP APIs have them.
        tool_choice: ``auto``, ``none``, ``required``, or the name of the function that must be called.
        parallel: whether one answer may have several calls.
    """

    messages: tuple[dict[str, Json], ...]
    tools: tuple[dict[str, Json], ...] = ()
    tool_choice: str = "auto"
    parallel: bool = True


class Complete(Wishes, frozen=True, kw_only=True, tag="complete"):
    """Continue a prompt, through the template of the model unless ``raw`` says otherwise (Ollama's ``/api/generate``).

    Attributes:
        suffix: what stands behind the place that is to be filled in.
        system: instead of the model's own system text; ``None`` keeps it.
        template: a Go template instead of the model's own.
        context: tokens that stand before the prompt, as an earlier ``Done`` had them.
        images: files of images.
    """

    prompt: str
    suffix: str = ""
    system: str | None = None
    template: str = ""
    raw: bool = False
    context: tuple[int, ...] = ()
    images: tuple[bytes, ...] = ()


class Render(_Frozen, frozen=True, kw_only=True, tag="render"):
    """Say which prompt a request would give the model, however long it is; answered by ``Rendered``."""

    request: Chat | Complete


class Embed(_Frozen, frozen=True, kw_only=True, tag="embed"):
    """Embed texts, or tokens; answered by ``Embeddings`` in the same order.

    Attributes:
        truncate: cut what is longer than the context, instead of refusing it.
        dimensions: keep so many numbers of a vector; 0, or more than there are, is all of them.
        normalise: scale each vector to length 1, after the cut.
    """

    inputs: tuple[str | tuple[int, ...], ...]
    truncate: bool = True
    dimensions: int = 0
    normalise: bool = True
    client: str = ""


class Rerank(_Frozen, frozen=True, kw_only=True, tag="rerank"):
    """Say how well documents fit a query; answered by ``Scores`` in the same order."""

    query: str
    documents: tuple[str, ...]
    client: str = ""


class Tokenize(_Frozen, frozen=True, kw_only=True, tag="tokenize"):
    """Cut a text into tokens; answered by ``Tokens``. ``special``: the texts of special tokens become those tokens."""

    text: str
    add_bos: bool = False
    special: bool = True


class Detokenize(_Frozen, frozen=True, kw_only=True, tag="detokenize"):
    """Put tokens together; answered by ``Rendered``."""

    tokens: tuple[int, ...]


class CountTokens(_Frozen, frozen=True, kw_only=True, tag="count"):
    """Say how many tokens the prompt of a conversation has; answered by ``Tokens`` without the tokens themselves.

    Messages that ``truncate`` lets be dropped are not counted.
    """

    request: Chat


Request: TypeAlias = Chat | Complete | Render | Embed | Rerank | Tokenize | Detokenize | CountTokens


class Alternative(_Frozen, frozen=True, kw_only=True):
    """A token that could have stood there, its bytes, and the logarithm of its probability before sampling."""

    token: str
    data: bytes
    logprob: float


class TokenLogprob(Alternative, frozen=True, kw_only=True):
    """The token that was chosen; ``top`` are the most probable ones, best first."""

    top: tuple[Alternative, ...] = ()


class Call(_Frozen, frozen=True, kw_only=True):
    """A call of a function. ``arguments`` is a JSON object as text, its keys in the model's order."""

    id: str
    name: str
    arguments: str


class Delta(_Frozen, frozen=True, kw_only=True, tag="delta"):
    """A further part of an answer: whole characters of text and of thoughts, and whole calls."""

    content: str = ""
    thinking: str = ""
    calls: tuple[Call, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()


class Done(_Frozen, frozen=True, kw_only=True, tag="done"):
    """The end of an answer, and how it came about. Durations are in seconds.

    Attributes:
        stop: the stop text that ended it, if one did.
        prompt_tokens: length of the prompt.
        cached_tokens: how many of those were not evaluated again.
        tokens: how many were generated, the one that ended the answer included.
        waited: seconds before the first token of the prompt was evaluated.
        seed: the seed that was used; with it the answer can be had again.
        context: all tokens of prompt and answer, of a ``Complete`` that is not raw.
    """

    finish: Finish
    stop: str | None = None
    prompt_tokens: int = 0
    cached_tokens: int = 0
    tokens: int = 0
    waited: float = 0.0
    prompt_seconds: float = 0.0
    generation_seconds: float = 0.0
    seed: int = 0
    context: tuple[int, ...] = ()


class Rendered(_Frozen, frozen=True, kw_only=True, tag="rendered"):
    """A text. ``images`` counts the images that go with it."""

    text: str
    images: int = 0


class Embeddings(_Frozen, frozen=True, kw_only=True, tag="embeddings"):
    """Vectors as little-endian float32, and how many tokens were read for them."""

    vectors: tuple[bytes, ...]
    prompt_tokens: int = 0


class Scores(_Frozen, frozen=True, kw_only=True, tag="scores"):
    """One number for each document: higher fits better."""

    values: tuple[float, ...]
    prompt_tokens: int = 0


class Tokens(_Frozen, frozen=True, kw_only=True, tag="tokens"):
    """Tokens, or only how many there are."""

    count: int
    tokens: tuple[int, ...] = ()


class Failed(_Frozen, frozen=True, kw_only=True, tag="failed"):
    """The request ended with an error: the name of its class in ``olbuild.core.errors``, and its parts."""

    kind: str
    message: str
    hint: str | None = None
    capability: str = ""
    retry_after: float = 0.0


Event: TypeAlias = Delta | Done | Rendered | Embeddings | Scores | Tokens | Failed

Tell: TypeAlias = Callable[[Event], None]
"""Hears the events of one request, in order, the last of which ends it; in whatever thread."""


class ModelFacts(_Frozen, frozen=True, kw_only=True):
    """What a loaded model says about itself. Sizes in bytes, contexts in tokens.

    Attributes:
        description: its name in the header of its weights, else what llama.cpp calls its kind.
        context: most tokens of one request.
        capabilities: of ``completion``, ``tools``, ``thinking``, ``insert``, ``vision``, ``audio``, ``embedding``,
            ``rerank``.
        memory: what the engine says that weights, contexts and buffers took, in all, when it was loaded.
        gpu_memory: how much of it is on graphics processors.
    """

    description: str = ""
    size: int = 0
    context: int = 0
    trained_context: int = 0
    embedding_length: int = 0
    capabilities: tuple[str, ...] = ()
    memory: int = 0
    gpu_memory: int = 0
