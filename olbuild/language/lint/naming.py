"""What the names in RENDERER and PARSER are worth, as topics; ``name_findings`` finds these, no rule has to."""

from __future__ import annotations

from olbuild.core.text import Diagnostic
from olbuild.language.lint.topic import Topic, example
from olbuild.language.modelfile import Settings

_CLEAN = "FROM llama3.2:3b\n"

TOPICS = (
    Topic(
        code="OLB220",
        name="unknown-renderer",
        severity="error",
        reason="RENDERER names a renderer that neither Ollama nor olbuild has.",
        triggers=example(f"{_CLEAN}RENDERER qwen3-code\n"),
        passes=example(f"{_CLEAN}RENDERER qwen3-coder\n"),
    ),
    Topic(
        code="OLB221",
        name="unknown-parser",
        severity="error",
        reason="PARSER names a parser that neither Ollama nor olbuild has. Ollama would ignore it in silence.",
        triggers=example(f"{_CLEAN}PARSER none\n"),
        passes=example(f"{_CLEAN}PARSER passthrough\n"),
    ),
    Topic(
        code="OLB225",
        name="unwritten-renderer",
        severity="warning",
        reason="Ollama has this renderer and olbuild has not: the two make different prompts of one conversation.",
        triggers=example(f"{_CLEAN}RENDERER gemma4\n"),
        passes=example(f"{_CLEAN}RENDERER olmo3\n"),
    ),
)


def names(settings: Settings) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the names. With a comment behind it, the name is not what was meant (OLB123)."""
    given = [each.name for each in (settings.renderer, settings.parser) if each is not None]
    if not any(given):
        return ()
    from olbuild.language.template.families import name_findings  # noqa: PLC0415 - most files have no such names

    return tuple(found for found in name_findings(settings) if " #" not in found.span.text)
