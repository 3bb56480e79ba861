"""What a build says about the names in RENDERER and PARSER."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.core.errors import ModelfileError
from olbuild.core.records import replace
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile import Settings


def name_warnings(stages: Sequence[Settings], *, lenient: bool) -> tuple[Diagnostic, ...]:
    """Return the warnings about RENDERER and PARSER.

    ``lenient`` makes errors warnings too: what is made for Ollama may name what only a newer Ollama has.

    Raises:
        ModelfileError: if there is no such renderer or parser.
    """
    if not any(stage.renderer or stage.parser for stage in stages):
        return ()
    from olbuild.language.template.families import name_findings  # noqa: PLC0415 - most Modelfiles have no such names

    found = tuple(diagnostic for stage in stages for diagnostic in name_findings(stage))
    if lenient:
        return tuple(replace(each, severity="warning") for each in found)
    errors = tuple(diagnostic for diagnostic in found if diagnostic.is_error)
    if errors:
        raise ModelfileError(errors)
    return found
