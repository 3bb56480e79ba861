"""A model that is loaded, with its template, system text, parameters and messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Self, assert_never

import msgspec

from olbuild.artifact.bundle import Bundle, Message, ParameterValue
from olbuild.core.errors import UnsupportedError, UsageError
from olbuild.core.records import Frozen, replace
from olbuild.running.chat import PromptWriter, Think
from olbuild.running.chat.parsing import Chosen, choose_parser
from olbuild.running.jobs import Constraint, Job, Runtime, Ticket, UnderWay
from olbuild.running.options import Sampling, read_options
from olbuild.running.requests import (
    Chat,
    Complete,
    CountTokens,
    Detokenize,
    Done,
    Embed,
    ModelFacts,
    Render,
    Rendered,
    Request,
    Rerank,
    Tell,
    Tokenize,
    Tokens,
)
from olbuild.running.session.answering import Answer
from olbuild.running.session.comparing import embed, rerank
from olbuild.running.session.generation import Generation
from olbuild.running.session.pictures import Prompt, count_images
from olbuild.running.session.prompting import Prompter
from olbuild.running.session.thinking import AfterThinking

Parameters = Mapping[str, ParameterValue]

NOTHING: Parameters = MappingProxyType({})


class _Answered(Frozen):
    """The ticket of what was answered at once."""

    def cancel(self) -> None:
        """Nothing is left to end."""


class Model:
    """A loaded model. It answers many requests at once, and may be used from several threads.

    What it has read is kept, so that a conversation that goes on, or begins as another one did, costs only what is new.
    """

    def __init__(
        self,
        bundle: Bundle,
        runtime: Runtime,
        writer: PromptWriter,
        *,
        parameters: Parameters,
        capabilities: frozenset[str],
    ) -> None:
        """Put the parts together; ``load`` is the usual way."""
        self._bundle, self._runtime, self._parameters = bundle, runtime, parameters
        self._prompter = Prompter(bundle, writer, runtime)
        self._template = writer.template
        self._capabilities = capabilities

    @property
    def facts(self) -> ModelFacts:
        """What the model says about itself."""
        facts = self._runtime.facts
        return ModelFacts(
            description=self._bundle.metadata.name or facts.description,
            size=facts.size,
            context=facts.context,
            trained_context=facts.trained_context,
            embedding_length=facts.embedding_length,
            capabilities=tuple(sorted(self._capabilities)),
            memory=facts.memory,
            gpu_memory=facts.gpu_memory,
        )

    @property
    def bundle(self) -> Bundle:
        """What it was loaded from."""
        return self._bundle

    @property
    def template(self) -> str | None:
        """The chat template in use: the bundle's own, that of its renderer, or the one in the header of its weights."""
        return None if self._template is None else self._template.text

    @property
    def closed(self) -> bool:
        """Whether it answers nothing any more: it was closed, or its engine failed."""
        return self._runtime.closed

    @property
    def cache_use(self) -> float:
        """Which part of the cache the answers take that are going on, from 0 to 1."""
        return self._runtime.cache_use

    @property
    def under_way(self) -> UnderWay | None:
        """The step of its engine that has taken longest so far."""
        return self._runtime.under_way

    def settle(self) -> None:
        """Wait until the engine does nothing any more, not even what it does for itself behind an answer."""
        self._runtime.settle()

    @property
    def parameters(self) -> Parameters:
        """The parameters of every answer: the bundle's, and those that were given at load, which win."""
        return self._parameters

    def prompt(self, messages: Sequence[Message]) -> str:
        """Return the text that the model is given for a conversation.

        Raises:
            FormatError: if the chat template is broken.
            UsageError: if the chat template refuses the conversation.
        """
        return self._prompter.conversation(_plain(messages))

    def chat(self, messages: Sequence[Message], options: Parameters = NOTHING, *, cache: str = "") -> Generation:
        """Begin to answer a conversation, which is not cut when it is too long.

        Args:
            messages: the conversation so far, the newest last; what the bundle brings comes before it.
            options: parameters for this answer; they win over the bundle's. Those that are fixed at load have no
                effect here.
            cache: what was read under one value is never reused under another one.

        Raises:
            FormatError: if the chat template is broken.
            UsageError: if a parameter is impossible, the template refuses, or the prompt exceeds the context.
            EngineError: if the engine fails (also while iterating).
        """
        request = Chat(messages=_plain(messages), options=dict(options), truncate=False, cache=cache)
        return Generation(lambda tell: self.ask(request, tell))

    def ask(self, request: Request, tell: Tell) -> Ticket:
        """Begin a request. Prompts are made in the calling thread; answers are told in the engine's.

        Args:
            request: the request.
            tell: hears its events, the last of which ends it.

        Returns:
            what ends it early.

        Raises:
            UsageError: if the request is impossible, or its prompt is too long and may not be cut.
            UnsupportedError: if the model cannot do what is asked.
            FormatError: if the chat template is broken.
            EngineError: if the model has been closed.
        """
        match request:
            case Chat() | Complete():
                return self._answer(request, tell)
            case Render(request=rendered):
                tell(Rendered(text=self._written(rendered).text, images=count_images(rendered)))
            case CountTokens(request=counted):
                tell(Tokens(count=len(self._written(counted).tokens)))
            case Tokenize():
                tokens = self._runtime.tokenize(request.text, add_bos=request.add_bos, special=request.special)
                tell(Tokens(count=len(tokens), tokens=tokens))
            case Detokenize(tokens=tokens):
                tell(Rendered(text=self._runtime.detokenize(tokens)))
            case Embed():
                return embed(self._runtime, request, self._capabilities, tell)
            case Rerank():
                return rerank(self._runtime, request, self._capabilities, tell)
            case _:
                assert_never(request)
        return _Answered()

    def _answer(self, request: Chat | Complete, tell: Tell) -> Ticket:
        prompt, sampling, think = self._prepare(request)
        chosen = self._parser(request, prompt, think)
        job = Job(
            prompt=prompt.tokens,
            parts=prompt.parts,
            sampling=sampling,
            constraint=self._constraint(request, chosen),
            visible=self._visible(chosen),
            logprobs=request.logprobs,
            shift=request.shift and not prompt.parts,  # half an image is none
            client=request.client,
            cache=request.cache,
            priority=request.priority,
        )

        def finish(done: Done, text: str) -> Done:
            if not isinstance(request, Complete) or request.raw:
                return done
            return msgspec.structs.replace(done, context=self._runtime.tokenize(prompt.text + text))

        return self._runtime.submit(job, Answer(chosen.parser, tell, finish))

    def _prepare(self, request: Chat | Complete) -> tuple[Prompt, Sampling, Think]:
        sampling, think = self._settle(request)
        return self._prompter.of(request, think, sampling.num_keep), sampling, think

    def _settle(self, request: Chat | Complete) -> tuple[Sampling, Think]:
        self._require(request)
        options = {name: value for name, value in request.options.items() if value is not None}
        return read_options(Sampling, {**self._parameters, **options}), self._think(request.think)

    def _written(self, request: Chat | Complete) -> Prompt:
        return self._prompter.written(request, self._settle(request)[1])

    def _require(self, request: Chat | Complete) -> None:
        """Refuse what the model cannot do.

        Raises:
            UnsupportedError: if it cannot.
        """
        if not self._runtime.facts.generates:
            hint = "it makes vectors of texts: olbuild embed shows them"
            raise UnsupportedError("the model does not support completion", capability="completion", hint=hint)
        wanted: dict[str, object] = {"thinking": request.think, "vision": count_images(request)}
        if isinstance(request, Chat):
            wanted["tools"] = request.tools and request.tool_choice != "none"
        for capability, asked in wanted.items():
            if asked and capability not in self._capabilities:
                raise UnsupportedError(f"the model does not support {capability}", capability=capability)

    def _think(self, wish: Think) -> Think:
        """Return whether to think; a model that can does so unless someone says no (Ollama, server/routes.go)."""
        return True if wish is None and "thinking" in self._capabilities else wish

    def _parser(self, request: Chat | Complete, prompt: Prompt, think: Think) -> Chosen:
        raw = isinstance(request, Complete) and (request.raw or bool(request.template) or bool(request.suffix))
        tools = request.tools if isinstance(request, Chat) and request.tool_choice != "none" else ()
        return choose_parser(
            template=None if raw else self.template,
            parser=None if raw else self._bundle.parser,
            tools=tools,
            think=False if raw else think,
            prompt=prompt.text,
        )

    def _constraint(self, request: Chat | Complete, chosen: Chosen) -> Constraint | None:
        thinking = chosen.thinking
        if isinstance(request, Chat) and request.tools and request.tool_choice not in {"auto", "none"}:
            constraint = self._forced_calls(request, chosen.call_syntax)
            if thinking is not None and thinking.before_calls:
                thinking = replace(thinking, ends=thinking.before_calls)
        elif request.format is not None:
            constraint = self._runtime.constraint(request.format)
        else:
            return None
        return constraint if thinking is None else AfterThinking(constraint, thinking, self._runtime)

    def _forced_calls(self, request: Chat, syntax: str) -> Constraint:
        from olbuild.running.chat.forcing import UNREAD, force_calls  # noqa: PLC0415 - few requests force a call

        def forced(syntax: str) -> Constraint:
            return self._runtime.constraint(
                force_calls(request.tools, request.tool_choice, parallel=request.parallel, syntax=syntax)
            )

        try:
            return forced(syntax)
        except UsageError:  # what is wrong with the request is so in JSON as well; a grammar may be too large
            if syntax in UNREAD:
                raise
            return forced("json")

    def _visible(self, chosen: Chosen) -> frozenset[int]:
        found = (self._runtime.tokenize(text, add_bos=False) for text in chosen.visible)
        return frozenset(tokens[0] for tokens in found if len(tokens) == 1)

    def close(self) -> None:
        """End all answers, and free the model. Safe to call twice."""
        self._runtime.close()

    def __enter__(self) -> Self:
        """Use it as a context, which closes it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close it."""
        self.close()


def _plain(messages: Sequence[Message]) -> tuple[dict[str, object], ...]:
    return tuple({"role": message.role, "content": message.content} for message in messages)
