"""For models of which nobody said how they call: JSON alone, in a fence anywhere, or as Hermes writes it."""

from __future__ import annotations

from olbuild.running.chat.parsing.families.hermes import HERMES
from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.syntax.unmarked import FENCES, fenced

GENERIC = Family(
    name="json",
    sections=(*HERMES.sections, Section(begins=(), item=fenced, starts_item=FENCES, many=False)),
    controls=HERMES.controls,
)
