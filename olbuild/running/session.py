"""A bundle that runs: load it, then chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Self

from olbuild.artifact.bundle import Blob, Bundle, Message, ParameterValue
from olbuild.core.content import FileContent
from olbuild.core.errors import EngineError
from olbuild.core.events import Advanced, Emit, Finished, Said, Started, ignore
from olbuild.running.chat import Choice, PromptWriter, choose_template, conversation
from olbuild.running.chat.builtin import families, name_notes, renderer
from olbuild.running.chat.choice import Families
from olbuild.running.engine.llamacpp import LlamaEngine
from olbuild.running.engine.port import Engine, Facts, Generation
from olbuild.running.options import Adapter, LoadOptions, Sampling, read_options, unknown_parameters

Parameters = Mapping[str, ParameterValue]

_MOST_ADVANCES = 100  # llama.cpp reports each tensor
_NONE: Parameters = MappingProxyType({})
_WITHOUT_EFFECT = {"draft_num_predict"}  # known, and reported with the draft


class Model:
    """A loaded model with its template, system text, parameters and messages. It answers one conversation at a time.

    The engine keeps what it has read, so a conversation that goes on costs only its new messages.
    """

    def __init__(self, bundle: Bundle, engine: Engine, writer: PromptWriter, parameters: Parameters) -> None:
        """Put the parts together; ``load`` is the usual way."""
        self._bundle, self._engine, self._writer, self._parameters = bundle, engine, writer, parameters

    @property
    def facts(self) -> Facts:
        """What the loaded model says about itself."""
        return self._engine.facts

    def prompt(self, messages: Sequence[Message]) -> str:
        """Return the text that the model is given for a conversation.

        Raises:
            FormatError: if the chat template is broken.
            UsageError: if the chat template refuses the conversation.
        """
        plain = [{"role": message.role, "content": message.content} for message in messages]
        return self._writer.write(conversation(self._bundle, plain))

    def chat(self, messages: Sequence[Message], options: Parameters = _NONE) -> Generation:
        """Begin to answer. Iterate over the pieces, then look at ``result``; close it to end it early.

        Args:
            messages: the conversation so far, the newest last; what the bundle brings comes before it.
            options: parameters for this answer; they win over the bundle's. Those that are fixed at load have no
                effect here.

        Raises:
            FormatError: if the chat template is broken.
            UsageError: if a parameter is impossible, the template refuses, or the prompt exceeds the context.
            EngineError: if the engine fails (also while iterating), or another answer is on its way.
        """
        sampling = read_options(Sampling, {**self._parameters, **options})
        return self._engine.generate(self._engine.tokenize(self.prompt(messages)), sampling)

    @property
    def parameters(self) -> Parameters:
        """The parameters of every answer: the bundle's, and those that were given at load, which win."""
        return self._parameters

    def forget(self) -> None:
        """Let the next answer depend on nothing but its conversation, and not on what was read before it."""
        self._engine.forget()

    def close(self) -> None:
        """End an answer that is on its way, and free the model. Safe to call twice."""
        self._engine.close()

    def __enter__(self) -> Self:
        """Use it as a context, which closes it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close it."""
        self.close()


def load(bundle: Bundle, *, options: Parameters = _NONE, emit: Emit = ignore) -> Model:
    """Load a model.

    Args:
        bundle: its weights and adapters must be whole files.
        options: parameters that win over the bundle's, in this and all later calls.
        emit: hears the progress of loading, in bytes, and what of the bundle has no effect.

    Raises:
        NotFoundError: if a file is not there.
        UsageError: if a parameter is impossible.
        ResourceError: if memory does not suffice.
        EngineError: if the engine is missing or wrong, or cannot use the weights or an adapter.
        FormatError: if the bundle's chat template cannot be parsed.
        NotFoundError: if the bundle names a renderer that does not exist, and has no template.
    """
    if not bundle.weights:
        raise EngineError("the model has no weights")
    parameters = {**bundle.parameters, **options}
    load_options = read_options(LoadOptions, parameters)
    # What is impossible is reported before seconds are spent.
    read_options(Sampling, parameters)
    PromptWriter(_choose(bundle, None))  # parses a template of its own
    for note in _notes(bundle, parameters):
        emit(Said(text=note, level="warning"))
    weights = [_path(blob) for blob in bundle.weights]
    adapters = [Adapter(_path(blob), 1.0 if blob.scale is None else blob.scale) for blob in bundle.adapters]
    engine = _load(weights, adapters, load_options, sum(blob.size for blob in bundle.weights), emit)
    facts = engine.facts
    if 0 < facts.trained_context < load_options.num_ctx:
        text = f"num_ctx {load_options.num_ctx} is more than the model was trained with, and cut to {facts.context}"
        emit(Said(text=text, level="warning"))
    choice = _choose(bundle, facts.template, families(lambda text: _is_token(engine, text)))
    if choice.warning:
        emit(Said(text=choice.warning, level="warning"))
    return Model(bundle, engine, PromptWriter(choice, bos=facts.bos, eos=facts.eos), parameters)


def _choose(bundle: Bundle, weights: str | None, usual: Families = lambda _architecture: None) -> Choice:
    """Choose the template of a model; ``weights`` is the one in the header of its weights."""
    return choose_template(
        bundle.template,
        renderer=bundle.renderer,
        weights=weights,
        architecture=bundle.metadata.architecture,
        renderers=renderer,
        families=usual,
    )


def _is_token(engine: Engine, text: str) -> bool:
    """Whether a text is one token; the one that begins a sequence is not counted."""
    return len(engine.tokenize(text)) == len(engine.tokenize("")) + 1


def _load(weights: list[Path], adapters: list[Adapter], options: LoadOptions, size: int, emit: Emit) -> Engine:
    emit(Started(id="load", label="load the model", total=size))
    done = 0

    def progress(fraction: float) -> None:
        nonlocal done
        now = min(size, int(size * fraction))
        if now - done >= size / _MOST_ADVANCES or now == size > done:
            emit(Advanced(id="load", amount=now - done))
            done = now

    try:
        engine = LlamaEngine(weights, adapters, options, progress)
    except BaseException:
        emit(Finished(id="load", outcome="failed"))
        raise
    progress(1.0)
    emit(Finished(id="load"))
    return engine


def _notes(bundle: Bundle, parameters: Parameters) -> list[str]:
    """Return what of a bundle has no effect in this version, in words."""
    notes = []
    if bundle.projectors:
        notes.append("the projector is not used: images and sound are not supported yet")
    if bundle.drafts:
        notes.append("the draft model is not used: speculative decoding is not supported yet")
    notes += name_notes(bundle)
    unknown = [name for name in unknown_parameters(parameters) if name not in _WITHOUT_EFFECT]
    if unknown:
        notes.append(f"parameters without effect here: {', '.join(unknown)}")
    return notes


def _path(blob: Blob) -> Path:
    if not isinstance(blob.content, FileContent):
        raise EngineError(f"the {blob.role} {blob.digest} is not a file on this machine", hint="pull the model first")
    return blob.content.path
