"""The TEMPLATE of a Modelfile as a part of a bundle: parsed, and compiled if it is in Go's language."""

from __future__ import annotations

from olbuild.artifact.bundle import CompiledTemplate, Template
from olbuild.language.modelfile import Template as TemplateInstruction


def read_template(instruction: TemplateInstruction) -> Template:
    """Return a chat template; one in Go's language must parse, as Ollama has it (``template error``).

    Raises:
        ModelfileError: if it does not.
    """
    from olbuild.language.template.detect import template_language  # noqa: PLC0415 - most Modelfiles have no TEMPLATE

    if template_language(instruction.text) == "jinja":
        return Template(text=instruction.text, language="jinja")
    from olbuild.language.template import compile_template, parse_template  # noqa: PLC0415 - a compiler, for few

    place = instruction.place.value
    line, _ = place.source.position(place.start)
    made = compile_template(parse_template(instruction.text, f"{place.source.name}: TEMPLATE of line {line}"))
    compiled = CompiledTemplate(text=made.jinja, version=made.version, portable=made.portable)
    return Template(text=instruction.text, language="go", compiled=compiled)
