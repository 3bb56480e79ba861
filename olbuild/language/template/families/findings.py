"""What there is to say about the names in RENDERER and PARSER when a Modelfile is checked or built."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.text import Diagnostic
from olbuild.language.modelfile import Parser, Renderer, Settings
from olbuild.language.modelfile.hints import shorten
from olbuild.language.template.codes import NameCode
from olbuild.language.template.families.names import (
    PARSERS,
    RENDERERS,
    WRITTEN_RENDERERS,
    parser_hint,
    renderer_hint,
)


def name_findings(settings: Settings) -> tuple[Diagnostic, ...]:
    """Return an error for each name that does not exist, and a warning for each that has no effect yet."""
    return (*_renderer(settings.renderer), *_parser(settings.parser))


def _renderer(renderer: Renderer | None) -> Iterator[Diagnostic]:
    if renderer is None or not renderer.name or renderer.name in WRITTEN_RENDERERS:
        return
    name, span = renderer.name, renderer.place.value
    if name not in RENDERERS:
        message = f"there is no renderer {shorten(name)}"
        yield Diagnostic(code=NameCode.UNKNOWN_RENDERER, message=message, span=span, hint=renderer_hint(name))
        return
    yield Diagnostic(
        code=NameCode.UNWRITTEN_RENDERER,
        message=f"olbuild knows the renderer {name}, and has none yet: the template of the weights is used",
        span=span,
        hint="write a TEMPLATE to say how prompts look",
        severity="warning",
    )


def _parser(parser: Parser | None) -> Iterator[Diagnostic]:
    if parser is None or not parser.name or parser.name in PARSERS:
        return
    name, span = parser.name, parser.place.value
    message = f"there is no parser {shorten(name)}"
    yield Diagnostic(code=NameCode.UNKNOWN_PARSER, message=message, span=span, hint=parser_hint(name))
