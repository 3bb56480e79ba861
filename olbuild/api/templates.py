"""Chat templates: which Go template writes what a model's Jinja template writes."""

from __future__ import annotations

from olbuild.language.template.families import Match
from olbuild.running.chat import family


def go_template_for(jinja: str, *, bos: str | None = None, eos: str | None = None) -> Match:
    """Return the families of Go templates that agree with a Jinja template, or the nearest one.

    ``bos`` and ``eos`` are the texts of the model's first and last token, where they are known: they tell families
    apart that differ in nothing else.

    Raises:
        FormatError: if the template is no Jinja, fails on a single question, or takes too long.
        UsageError: if it refuses a single question.
    """
    return family.go_template_for(jinja, bos=bos, eos=eos)
