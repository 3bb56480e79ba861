"""The names that RENDERER and PARSER take, which are Ollama's (model/renderers and model/parsers), and what we have.

A renderer of Ollama's is code. Ours is a Go template that writes the same, but for what Ollama's template language
cannot do, or does for all templates: JSON has no blanks, blanks around messages stay, arguments and properties come in
the order of their names, messages of one role that follow each other are joined, and there are no images.
"""

from __future__ import annotations

from olbuild.core.errors import NotFoundError
from olbuild.language.modelfile.hints import closest, shorten
from olbuild.language.template.families.family import template_text

WRITTEN_RENDERERS = (
    *("cogito", "deepseek3.1", "glm-4.7", "glm-ocr", "lfm2", "lfm2-thinking"),
    *("olmo3", "olmo3.1", "olmo3-think", "olmo3-32b-think", "ornith"),
    *("qwen3-coder", "qwen3-vl-instruct", "qwen3-vl-thinking", "qwen3.5"),
)
"""Renderers with a template here: ``renderers/NAME.gotmpl``."""

RENDERERS = frozenset(
    {
        *WRITTEN_RENDERERS,
        *("cohere", "functiongemma", "gemma4", "gemma4-large", "gemma4-small", "glimmer", "laguna"),
        *("nemotron-3-nano", "nemotron-3.5-nano", "poolside-v1", "qwen3.8"),
    }
)
"""All names of renderers."""

PARSERS = frozenset(
    {
        *("cogito", "cohere", "deepseek3", "functiongemma", "gemma4", "gemma4-no-thinking", "glimmer", "glm-4.7"),
        *("glm-ocr", "harmony", "laguna", "lfm2", "lfm2-thinking", "ministral", "nemotron-3-nano", "nemotron-3.5-nano"),
        *("olmo3", "olmo3-think", "ornith", "passthrough", "poolside-v1", "qwen3", "qwen3-coder", "qwen3-thinking"),
        *("qwen3-vl-instruct", "qwen3-vl-thinking", "qwen3.5"),
    }
)
"""All names of parsers; ``olbuild.running.chat.parsing`` has each."""


def renderer_template(name: str) -> str | None:
    """Return the Go template of a renderer, None if it is known and not yet written.

    Raises:
        NotFoundError: if there is no renderer of this name.
    """
    if name in WRITTEN_RENDERERS:
        return template_text(f"renderers/{name}")
    if name not in RENDERERS:
        raise NotFoundError(f"there is no renderer {shorten(name)}", hint=renderer_hint(name))
    return None


def renderer_hint(name: str) -> str:
    """Return what to do about a name that no renderer has."""
    return _hint(name, RENDERERS, "renderers", PARSERS, "PARSER")


def parser_hint(name: str) -> str:
    """Return what to do about a name that no parser has."""
    return _hint(name, PARSERS, "parsers", RENDERERS, "RENDERER")


def _hint(name: str, known: frozenset[str], kind: str, others: frozenset[str], instruction: str) -> str:
    if name in others:
        return f"{name} is a name for {instruction}"
    match = closest(name, sorted(known))
    return f'did you mean "{match}"?' if match else f"the {kind} are {', '.join(sorted(known))}"
