"""``olbuild.load``: a model in this process, for Python programs."""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any, Literal, Self, TypeAlias, TypeVar

from olbuild.api.conversations import require_message
from olbuild.api.running import load as load_model
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import ParameterValue
from olbuild.core.config import load_config
from olbuild.core.errors import EngineError, UsageError
from olbuild.core.events import Emit, ignore
from olbuild.core.records import Frozen
from olbuild.language.parameters import kind_of
from olbuild.running.engine.vectors import numbers
from olbuild.running.failing import raised
from olbuild.running.requests import (
    Call,
    Chat,
    CountTokens,
    Delta,
    Detokenize,
    Done,
    Embed,
    Embeddings,
    Event,
    Failed,
    Grammar,
    ModelFacts,
    Rendered,
    Request,
    Tokenize,
    Tokens,
)
from olbuild.running.session.generation import Generation
from olbuild.running.session.model import Model

Conversation: TypeAlias = str | Sequence[Mapping[str, Any]]
"""A question, or messages with ``role`` and ``content``, the newest last."""

Format: TypeAlias = Literal["json"] | Mapping[str, Any] | Grammar
"""What an answer must look like: any JSON object, what a JSON Schema describes, or a grammar."""

Told = TypeVar("Told", bound=Event)


class Answer(Frozen, kw_only=True):
    """A whole answer; as text, it is what the model said.

    Attributes:
        text: what it said.
        thinking: what it thought before.
        calls: the functions that it wants to be called, ``arguments`` as JSON.
        done: how it came about: counts, durations, the seed.
    """

    text: str
    thinking: str
    calls: tuple[Call, ...]
    done: Done

    def __str__(self) -> str:
        """Return the text."""
        return self.text


class LoadedModel:
    """A loaded model with all that its artifact brings. Several threads may ask it at once.

    Close it, or use it in a ``with`` block: until then it takes its memory, and its files stay in the store.
    """

    def __init__(self, model: Model, stack: ExitStack) -> None:
        """Put it together; ``load`` is the way to one."""
        self._model = model
        self._close = weakref.finalize(self, stack.close)

    @property
    def facts(self) -> ModelFacts:
        """What the model says about itself: context, capabilities, memory."""
        return self._model.facts

    def chat(
        self,
        messages: Conversation,
        *,
        options: Mapping[str, ParameterValue] | None = None,
        format: Format | None = None,  # noqa: A002 - the word of the HTTP APIs
        tools: Sequence[Mapping[str, Any]] = (),
        think: bool | str | None = None,
    ) -> Answer:
        """Answer a conversation.

        Args:
            messages: a question, or the conversation so far, not empty; what the artifact brings comes before it.
            options: parameters of this answer, such as ``temperature``; they win over the artifact's. Those that are
                fixed at load, such as ``num_ctx``, have no effect here.
            format: what the answer must look like.
            tools: functions that the model may call, as the HTTP APIs describe them.
            think: whether to think before, or how much; ``None`` is the model's habit.

        Raises:
            UsageError: if a message or an option is none, something is impossible, or the conversation is too long.
            UnsupportedError: if the model cannot use tools, or cannot think.
            EngineError: if the engine fails, or the model has been closed.
        """
        stream = self.stream(messages, options=options, format=format, tools=tools, think=think)
        deltas = list(stream)
        return Answer(
            text="".join(delta.content for delta in deltas),
            thinking="".join(delta.thinking for delta in deltas),
            calls=tuple(call for delta in deltas for call in delta.calls),
            done=stream.result,
        )

    def stream(
        self,
        messages: Conversation,
        *,
        options: Mapping[str, ParameterValue] | None = None,
        format: Format | None = None,  # noqa: A002
        tools: Sequence[Mapping[str, Any]] = (),
        think: bool | str | None = None,
    ) -> Generation:
        """Begin to answer; iterate over the deltas, then look at ``result``. Close it to end it early.

        Args and errors are those of ``chat``; errors of the engine come while iterating.
        """
        request = Chat(
            messages=_messages(messages),
            options=_options(options),
            format=_grammar(format),
            tools=tuple(dict(tool) for tool in tools),
            think=think,
            truncate=False,
        )
        return Generation(lambda tell: self._model.ask(request, tell))

    def embed(self, texts: str | Sequence[str], *, dimensions: int = 0, normalise: bool = True) -> list[list[float]]:
        """Return a vector for each text.

        Args:
            texts: the texts, or one; one that is longer than the context is cut.
            dimensions: keep so many numbers of a vector; 0 is all of them.
            normalise: scale each vector to length 1.

        Raises:
            UnsupportedError: if the model makes none.
        """
        inputs = (texts,) if isinstance(texts, str) else tuple(texts)
        request = Embed(inputs=inputs, dimensions=dimensions, normalise=normalise)
        return [numbers(vector).tolist() for vector in self._told(request, Embeddings).vectors]

    def tokenize(self, text: str) -> tuple[int, ...]:
        """Return the tokens of a text; the texts of special tokens become those tokens."""
        return self._told(Tokenize(text=text), Tokens).tokens

    def detokenize(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens."""
        return self._told(Detokenize(tokens=tuple(tokens)), Rendered).text

    def count(self, messages: Conversation) -> int:
        """Return how many tokens the prompt of a conversation has, also if it is longer than the context."""
        return self._told(CountTokens(request=Chat(messages=_messages(messages), truncate=False)), Tokens).count

    def close(self) -> None:
        """End what is going on, and free the model. Safe to call twice."""
        self._close()

    def __enter__(self) -> Self:
        """Use it in a ``with`` block, which closes it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close it."""
        self.close()

    def _told(self, request: Request, kind: type[Told]) -> Told:
        """Ask for something that is told in one event."""
        events: SimpleQueue[Event] = SimpleQueue()
        ticket = self._model.ask(request, events.put)
        try:
            event = events.get()
        except BaseException:  # Ctrl-C
            ticket.cancel()
            raise
        if isinstance(event, Failed):
            raise raised(event)
        if not isinstance(event, kind):
            raise EngineError(f"the model answered with {type(event).__name__}")
        return event


def load(
    name: str,
    *,
    options: Mapping[str, ParameterValue] | None = None,
    system: str | None = None,
    variant: str | None = None,
    parallel: int = 4,
    workspace: Workspace | None = None,
    progress: Emit = ignore,
) -> LoadedModel:
    """Load a model into this process, as ``olbuild run`` does.

    Args:
        name: a name in the local store; a reference such as ``ghcr.io/me/assistant:v1``, which is pulled first if it is
            not there; or a path such as ``./Modelfile``, which is built first.
        options: parameters that win over the artifact's, such as ``num_ctx``.
        system: a system text in place of the artifact's; an empty one is none.
        variant: which one to take where the name stands for several.
        parallel: how many requests of several threads are worked on at once; others wait.
        workspace: settings and store; those of the environment and the configuration file if left out.
        progress: hears what is going on meanwhile.

    Raises:
        NotFoundError: if there is no such model.
        UsageError: if an option is none.
        ResourceError: if it does not fit into memory.
        OlbuildError: if it cannot be pulled, built or loaded; ``olbuild.core.errors`` has the kinds.
    """
    wanted, stack = _options(options), ExitStack()
    used = Workspace(load_config(), progress) if workspace is None else workspace
    try:
        model = stack.enter_context(load_model(used, name, wanted, system=system, variant=variant, parallel=parallel))
    except BaseException:
        stack.close()
        raise
    return LoadedModel(model, stack)


def _messages(messages: Conversation) -> tuple[dict[str, Any], ...]:
    if isinstance(messages, str):
        return ({"role": "user", "content": messages},)
    if not messages:
        raise UsageError("there is no message to answer")
    said: Sequence[object] = messages  # types are no promise
    plain = (dict(message) if isinstance(message, Mapping) else message for message in said)
    return tuple(dict(require_message(message, f"messages[{number}]")) for number, message in enumerate(plain))


def _options(options: Mapping[str, ParameterValue] | None) -> dict[str, ParameterValue]:
    """Return parameters that exist; a wrong name would have no effect, and nobody would notice."""
    for name in options or {}:
        kind_of(name)
    return dict(options or {})


def _grammar(wanted: Format | None) -> Grammar | None:
    if wanted is None or isinstance(wanted, Grammar):
        return wanted
    if isinstance(wanted, Mapping):
        return Grammar(kind="json_schema", text=json.dumps(wanted))
    if wanted != "json":
        raise UsageError(f"the format is {wanted!r}, and must be 'json', a JSON Schema or a Grammar")
    return Grammar(kind="json")


__all__ = ["Answer", "Call", "Delta", "Done", "Grammar", "LoadedModel", "load"]
