"""The family that writes prompts as a given Jinja template does, found by rendering and not by reading."""

from __future__ import annotations

from datetime import date

from olbuild.core.records import Frozen
from olbuild.language.template.families.answers import Answers, JinjaRenderer
from olbuild.language.template.families.compare import Deviation
from olbuild.language.template.families.family import Family
from olbuild.language.template.families.judge import Verdict, judge
from olbuild.language.template.families.library import FAMILIES
from olbuild.language.template.families.probes import Probe


class Match(Frozen, kw_only=True):
    """What was found for a Jinja template.

    ``families`` agree with it on all probes that it answers, the plainest first. ``nearest`` is the first of them, or
    the family that agrees on most, or None if no family writes plain chat as it does; ``differs`` are the probes on
    which it does not agree. ``unanswered`` are those that the template refuses, fails on, or leaves a tool call out of:
    what it would say to them nobody knows. ``deviations`` say in what the agreement is not to the letter.

    ``system`` is a system text that the template has for conversations without one, and the family has not: with it as
    the model's SYSTEM, they agree. ``prints_bos`` says that the template begins with the model's first token, which no
    Go template does: llama.cpp puts it there if the GGUF's ``add_bos_token`` says so.
    """

    families: tuple[Family, ...] = ()
    nearest: Family | None = None
    differs: tuple[Probe, ...] = ()
    unanswered: tuple[Probe, ...] = ()
    deviations: frozenset[Deviation] = frozenset()
    system: str | None = None
    prints_bos: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether a family agrees on all probes, to the letter."""
        return bool(self.families) and not self.deviations


def choose(jinja: str, render: JinjaRenderer, *, today: date, bos: str | None = None, eos: str | None = None) -> Match:
    """Return the families that agree with a Jinja template.

    ``bos`` and ``eos`` are the model's tokens, where they are known; where not, those of each family are taken.

    Two prompts agree if they are equal, character by character, after one ``bos_token`` at the very beginning of the
    Jinja's is dropped. Three deviations count as agreement and are named: JSON in another layout, today's date in
    another form, and blanks around messages that the Jinja template trims away, since Go's language has no trim.

    Raises:
        FormatError: if the template is no Jinja, or fails on a single question.
        UsageError: if it refuses a single question.
    """
    answers = Answers(jinja, render, today)
    verdicts = (judge(answers, family, bos, eos) for family in FAMILIES if family.mark in answers.first)
    ranked = sorted(filter(None, verdicts), key=Verdict.rank)  # stable: the plainer family stays in front
    if not ranked:
        return Match(unanswered=answers.unanswered, prints_bos=answers.prints_bos)
    best = ranked[0]
    return Match(
        families=tuple(each.family for each in ranked if not each.differs and each.system == best.system),
        nearest=best.family,
        differs=best.differs,
        unanswered=answers.unanswered,
        deviations=best.deviations,
        system=best.system,
        prints_bos=answers.prints_bos,
    )
