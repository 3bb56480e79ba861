"""Families of chat templates: one for a Jinja template, for a GGUF without any, and for a RENDERER.

- ``choose`` finds the family that writes prompts as a Jinja template does, by rendering; ``recognised`` the one that
  Ollama would take it for.
- ``family_default`` guesses one from an architecture and a vocabulary.
- ``renderer_template`` and ``PARSERS`` know Ollama's names, ``name_findings`` what is wrong with them.
"""

from olbuild.language.template.families.answers import JinjaRenderer
from olbuild.language.template.families.choose import Match, choose
from olbuild.language.template.families.compare import Deviation
from olbuild.language.template.families.defaults import family_default
from olbuild.language.template.families.family import Family
from olbuild.language.template.families.findings import name_findings
from olbuild.language.template.families.library import FAMILIES, family
from olbuild.language.template.families.names import (
    PARSERS,
    RENDERERS,
    WRITTEN_RENDERERS,
    renderer_template,
)
from olbuild.language.template.families.probes import PROBES, Probe
from olbuild.language.template.families.recognised import recognised

__all__ = [
    "FAMILIES",
    "PARSERS",
    "PROBES",
    "RENDERERS",
    "WRITTEN_RENDERERS",
    "Deviation",
    "Family",
    "JinjaRenderer",
    "Match",
    "Probe",
    "choose",
    "family",
    "family_default",
    "name_findings",
    "recognised",
    "renderer_template",
]
