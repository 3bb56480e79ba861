"""Rules about SYSTEM, LICENSE, and texts that are said more than once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from olbuild.language.lint.edits import remove
from olbuild.language.lint.facts import Facts
from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Example, Remark, rule
from olbuild.language.modelfile import Instruction, Parser, Renderer, Requires, System, Template

_SINGLE: tuple[type[Instruction], ...] = (System, Template, Renderer, Parser, Requires)
_CHARACTERS_PER_TOKEN = 4  # of English; other languages have fewer, so that this is the kindest estimate


@rule(
    "OLB371",
    "empty-system",
    "note",
    reason="An empty system text takes the place of the one that the base brings. That may be meant, or forgotten.",
    triggers='FROM llama3.2:3b\nSYSTEM ""\n',
    passes="FROM llama3.2:3b\nSYSTEM Be brief.\n",
)
def empty_system(subject: Subject) -> Iterator[Remark]:
    """Find system texts of nothing but blanks."""
    for each in subject.all(System):
        if not each.text.strip():
            yield Remark(span=each.place.span, message="the system text is empty", hint="remove it, or say why")


@rule(
    "OLB372",
    "repeated-instruction",
    "warning",
    reason="Of several SYSTEM, TEMPLATE, RENDERER, PARSER or REQUIRES the last one counts; they do not add up.",
    triggers="FROM llama3.2:3b\nSYSTEM Be brief.\nSYSTEM Be kind.\n",
    passes="FROM llama3.2:3b\nSYSTEM Be brief, and be kind.\n",
)
def repeated_instruction(subject: Subject) -> Iterator[Remark]:
    """Find instructions that a later one takes the place of."""
    for stage, kind in product(subject.stages, _SINGLE):
        said = [each for each in stage.instructions if isinstance(each, kind)]
        for each in said[:-1]:
            line, _ = said[-1].place.span.source.position(said[-1].place.span.start)
            name = kind.__name__.upper()
            fix = remove(each.place.span, f"the {name} without effect")
            message = f"this {name} has no effect: that of line {line} takes its place"
            yield Remark(span=each.place.keyword, message=message, hint="keep one of them", fix=fix)


@rule(
    "OLB373",
    "system-over-context",
    "warning",
    reason="The system text is in every prompt. What it takes of the context is missing for the conversation.",
    triggers=f"FROM llama3.2:3b\nPARAMETER num_ctx 16\nSYSTEM {'Be brief. ' * 12}\n",
    passes=f"FROM llama3.2:3b\nPARAMETER num_ctx 4096\nSYSTEM {'Be brief. ' * 12}\n",
)
def system_over_context(subject: Subject) -> Iterator[Remark]:
    """Find a system text that takes half of the context, or more."""
    system, context = subject.settings.system, subject.context
    if system is None or context is None:
        return
    tokens = len(system.text) // _CHARACTERS_PER_TOKEN
    if tokens * 2 > context:
        message = f"the system text has about {tokens} tokens, and the context {context}"
        yield Remark(span=system.place.keyword, message=message, hint="shorten it, or raise num_ctx")


@rule(
    "OLB377",
    "missing-license",
    "note",
    reason="The model names its licence, which travels with the artifact only when LICENSE says it.",
    triggers=Example(data=b"FROM ./model.gguf\n", facts=Facts(licenses=("apache-2.0",))),
    passes=Example(data=b"FROM ./model.gguf\nLICENSE Apache-2.0\n", facts=Facts(licenses=("apache-2.0",))),
    needs_facts=True,
)
def missing_license(subject: Subject) -> Iterator[Remark]:
    """Find a model that names a licence in a file that does not."""
    named = subject.facts.licenses
    if named and not subject.settings.licenses and subject.settings.froms:
        message = f"the model is licensed as {', '.join(named)}, and there is no LICENSE"
        span = subject.settings.froms[0].place.value
        yield Remark(span=span, message=message, hint=f"add LICENSE {named[0]}, or the text of the licence")


@rule(
    "OLB378",
    "duplicate-license",
    "note",
    reason="Licences add up, so that the same one would be there twice.",
    triggers="FROM llama3.2:3b\nLICENSE MIT\nLICENSE MIT\n",
    passes="FROM llama3.2:3b\nLICENSE MIT\nLICENSE Apache-2.0\n",
)
def duplicate_license(subject: Subject) -> Iterator[Remark]:
    """Find licences that were said before."""
    said: set[str] = set()
    for each in subject.settings.licenses:
        if each.text in said:
            fix = remove(each.place.span, "the repeated LICENSE")
            yield Remark(span=each.place.keyword, message="this LICENSE was said before", hint="remove it", fix=fix)
        said.add(each.text)


RULES = (empty_system, repeated_instruction, system_over_context, missing_license, duplicate_license)
