"""What a Modelfile says itself, as a bundle without files. A TEMPLATE is parsed, and compiled if it is Go's."""

from __future__ import annotations

import json

from olbuild.artifact.bundle import Bundle, CompiledTemplate, Message, Removal, Template, Test
from olbuild.language.modelfile import Dialect, Settings
from olbuild.language.modelfile import Template as TemplateInstruction
from olbuild.language.modelfile import Test as TestInstruction


def stage_content(settings: Settings, created: str | None, dialect: Dialect = "olbuild") -> Bundle:
    """Return what a stage of a Modelfile says itself. In the dialect of Ollama a TEMPLATE is Go's, however it looks.

    Raises:
        ModelfileError: if its TEMPLATE is none.
    """
    return Bundle(
        template=read_template(settings.template, dialect) if settings.template and settings.template.text else None,
        system=settings.system.text if settings.system and settings.system.text else None,
        parameters=dict(settings.parameters),
        messages=tuple(Message(role=message.role, content=message.content or "") for message in settings.messages),
        tests=tuple(_test(test) for test in settings.tests),
        licenses=tuple(license_.text for license_ in settings.licenses),
        renderer=settings.renderer.name if settings.renderer and settings.renderer.name else None,
        parser=settings.parser.name if settings.parser and settings.parser.name else None,
        requires=settings.requires or None,
        created=created,
        labels=dict(settings.labels),
    )


def stage_removals(settings: Settings) -> tuple[Removal, ...]:
    """Return what a stage takes away from what it inherits."""
    return tuple(Removal(part=each.part, name=each.name) for each in settings.unsets)


def _test(test: TestInstruction) -> Test:
    return Test(
        prompt=test.prompt,
        name=test.name,
        contains=test.contains,
        not_contains=test.not_contains,
        matches=test.matches,
        json_schema=json.loads(test.schema) if test.schema is not None else None,
        max_tokens=int(test.max_tokens) if test.max_tokens is not None else None,
    )


def read_template(instruction: TemplateInstruction, dialect: Dialect = "olbuild") -> Template:
    """Return a chat template; one in Go's language must parse, as Ollama has it (``template error``).

    Raises:
        ModelfileError: if it does not, or is Jinja that can never run.
    """
    from olbuild.language.template.detect import template_language  # noqa: PLC0415 - most Modelfiles have no TEMPLATE

    place = instruction.place.value
    line, _ = place.source.position(place.start)
    name = instruction.file or f"{place.source.name}: TEMPLATE of line {line}"
    if dialect != "ollama" and template_language(instruction.text) == "jinja":
        from olbuild.language.template.jinja.check import require_jinja  # noqa: PLC0415 - loads jinja2, for few

        require_jinja(instruction.text, name)
        return Template(text=instruction.text, language="jinja")
    return compiled_template(instruction.text, name)


def compiled_template(text: str, name: str) -> Template:
    """Return a template in Go's language with the Jinja that it is compiled to; ``name`` names it in errors.

    Raises:
        ModelfileError: if it does not parse.
    """
    from olbuild.language.template import compile_template, parse_template  # noqa: PLC0415 - a compiler, for few

    made = compile_template(parse_template(text, name))
    compiled = CompiledTemplate(text=made.jinja, version=made.version, portable=made.portable)
    return Template(text=text, language="go", compiled=compiled)
