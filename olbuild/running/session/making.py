"""What a bundle becomes with its weights: a model. It is imported while they are loaded."""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.artifact.bundle import Bundle, ParameterValue
from olbuild.core.events import Emit, Said
from olbuild.running.chat import Choice, PromptWriter, choose_template
from olbuild.running.chat.builtin import families, name_notes, renderer
from olbuild.running.chat.choice import Families
from olbuild.running.chat.parsing import capabilities
from olbuild.running.jobs import Facts, Runtime
from olbuild.running.options import LoadOptions
from olbuild.running.session.model import Model


def check(bundle: Bundle, emit: Emit) -> None:
    """Parse the template of a bundle, if it has one, and say which of its names mean nothing here.

    Raises:
        FormatError: if the template cannot be parsed.
        NotFoundError: if the bundle names a renderer that does not exist, and has no template.
    """
    PromptWriter(_choose(bundle, None))
    for note in name_notes(bundle):
        emit(Said(text=note, level="warning"))


def make(
    bundle: Bundle, runtime: Runtime, parameters: Mapping[str, ParameterValue], options: LoadOptions, emit: Emit
) -> Model:
    """Make a model of a bundle whose weights are loaded, and say what of its wishes was not to be had."""
    facts = runtime.facts
    if 0 < facts.trained_context < options.num_ctx:
        text = f"num_ctx {options.num_ctx} is more than the model was trained with, and cut to {facts.context}"
        emit(Said(text=text, level="warning"))
    for note in facts.notes:
        emit(Said(text=note, level="warning"))
    choice = _choose(bundle, facts.template, families(lambda text: _is_token(runtime, text)))
    if choice.warning and facts.generates:
        emit(Said(text=choice.warning, level="warning"))
    writer = PromptWriter(choice, bos=facts.bos, eos=facts.eos)
    return Model(bundle, runtime, writer, parameters=parameters, capabilities=_capabilities(bundle, choice, facts))


def _capabilities(bundle: Bundle, choice: Choice, facts: Facts) -> frozenset[str]:
    if not facts.generates:
        return frozenset({"rerank" if facts.ranks else "embedding"})
    template = None if choice.template is None else choice.template.text
    infills = {"insert"} if facts.infills else set()
    vision = {"vision"} if facts.sees else set()
    return capabilities(template, bundle.parser, bundle.renderer) | infills | vision | {"completion"}


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


def _is_token(runtime: Runtime, text: str) -> bool:
    """Whether a text is one token."""
    return len(runtime.tokenize(text, add_bos=False)) == 1
