"""The family that Ollama takes a Jinja template for, when it makes a model of a file."""

from __future__ import annotations

from olbuild.language.template.families.choose import Match
from olbuild.language.template.families.family import Family
from olbuild.language.template.families.library import family

# Ollama has a list of Jinja templates (template/index.json) with a Go template for each; one that differs from one of
# them in less than a hundred characters counts as it. All are for plain chats, and none has the system text that some
# of the Jinja templates begin with.
_PLAIN = {
    **dict.fromkeys(("chatml", "smollm2", "qwen1.5", "qwen2", "yi-1.5"), "chatml"),
    **dict.fromkeys(("mistral", "mistral-v0.1"), "mistral"),
    **{
        name: name
        for name in (
            *("command-r", "chatqa", "deepseek-coder", "falcon", "gemma", "granite", "llama2", "llama3", "magicoder"),
            *("openchat", "phi3", "solar", "starcoder2", "zephyr"),
        )
    },
}


def recognised(match: Match) -> Family | None:
    """Return the family whose template and stop texts Ollama gives to a model with such a Jinja template, if any.

    Where Ollama compares letters, this compares what is written: all Jinja templates for plain chats of a family are
    recognised, however they are spelled. One with tools is not, so that they stay usable; nor is one that writes
    something else than the family in any conversation, but for a system text that the conversation does not have.
    """
    name = _PLAIN.get(match.nearest.name) if match.nearest is not None and not match.differs else None
    return family(name) if name is not None else None
