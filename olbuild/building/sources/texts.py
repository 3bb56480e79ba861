"""The TEMPLATE of a Modelfile as a part of a bundle: parsed, and compiled if it is in Go's language."""

from __future__ import annotations

from olbuild.artifact.bundle import CompiledTemplate, Template
from olbuild.language.modelfile import Template as TemplateInstruction


def read_template(instruction: TemplateInstruction) -> Template:
    """Return a chat template; one in Go's language must parse, as Ollama has it (``template error``).

    Raises:
        ModelfileError: if it does not, or is Jinja that can never run.
    """
    from olbuild.language.template.detect import template_language  # noqa: PLC0415 - most Modelfiles have no TEMPLATE

    place = instruction.place.value
    line, _ = place.source.position(place.start)
    name = f"{place.source.name}: TEMPLATE of line {line}"
    if template_language(instruction.text) == "jinja":
        from olbuild.language.template.jinja.check import require_jinja  # noqa: PLC0415 - loads jinja2, for few

        require_jinja(instruction.text, name)
        return Template(text=instruction.text, language="jinja")
    from olbuild.language.template import compile_template, parse_template  # noqa: PLC0415 - a compiler, for few

    made = compile_template(parse_template(instruction.text, name))
    compiled = CompiledTemplate(text=made.jinja, version=made.version, portable=made.portable)
    return Template(text=instruction.text, language="go", compiled=compiled)
