"""The family that writes prompts as a given Jinja template does, found by rendering and not by reading."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from olbuild.core.errors import FormatError, UsageError
from olbuild.language.template.evaluate.render import render_go
from olbuild.language.template.families.compare import Deviation, date_forms, deviations
from olbuild.language.template.families.family import Family
from olbuild.language.template.families.library import FAMILIES
from olbuild.language.template.families.probes import PROBES, Message, Probe

# Stand for the model's tokens in Jinja's output. They belong to nobody, so that a literal "<s>" is told from a token.
_BOS, _EOS = "\ue000", "\ue001"

_LONGEST = 1 << 16  # characters; a prompt that is longer is none of a family's


class JinjaRenderer(Protocol):
    """Renders a Jinja template with variables, in a sandbox."""

    def __call__(self, template: str, variables: Mapping[str, object], /) -> str:
        """Return the text.

        Raises:
            UsageError: if the template refuses the conversation.
            FormatError: if it fails.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What was found for a Jinja template.

    ``families`` agree with it on all probes that it answers, the plainest first. ``nearest`` is the first of them, or
    the family that agrees on most, or None if no family writes plain chat as it does; ``differs`` are the probes on
    which it does not agree. ``refused`` are those that the template refuses or fails on: what it says to them nobody
    knows. ``deviations`` say in what the agreement is not to the letter. ``prints_bos`` says that the template begins
    with the model's first token, which no Go template does: llama.cpp puts it there if the GGUF's ``add_bos_token``
    says so.
    """

    families: tuple[Family, ...] = ()
    nearest: Family | None = None
    differs: tuple[Probe, ...] = ()
    unanswered: tuple[Probe, ...] = ()
    deviations: frozenset[Deviation] = frozenset()
    prints_bos: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether a family agrees on all probes, to the letter."""
        return bool(self.families) and not self.deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What came of comparing with one family."""

    family: Family
    differs: tuple[Probe, ...]
    deviations: frozenset[Deviation]

    def misses(self, topic: str) -> int:
        """Return on how many probes of a topic it differs."""
        return sum(probe.topic == topic for probe in self.differs)

    def rank(self) -> tuple[int, ...]:
        """Return what to sort by: differences in what matters more come first.

        Tools in the format of another model are worse than no tools.
        """
        misled = self.misses("tools") if "tools" in self.family.parsed.names else 0
        return (self.misses("system"), misled, *map(self.misses, ("tools", "thinking", "edges")), len(self.deviations))


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
    answers = _Answers(jinja, render, today)
    candidates = [family for family in FAMILIES if family.mark in answers.first]
    verdicts = [_compare(answers, family, bos, eos) for family in candidates]
    ranked = sorted(filter(None, verdicts), key=_Verdict.rank)  # stable: the plainer family stays in front
    if not ranked:
        return Match(unanswered=answers.unanswered, prints_bos=answers.prints_bos)
    best = ranked[0]
    return Match(
        families=tuple(verdict.family for verdict in ranked if not verdict.differs),
        nearest=best.family,
        differs=best.differs,
        unanswered=answers.unanswered,
        deviations=best.deviations,
        prints_bos=answers.prints_bos,
    )


class _Answers:
    """What the Jinja template says to each probe, with stand-ins for the model's tokens."""

    def __init__(self, jinja: str, render: JinjaRenderer, today: date) -> None:
        self.today = today
        self.dates = date_forms(jinja, today)
        self.first = self._render(render, jinja, PROBES[0])
        self.prompts: dict[str, str] = {PROBES[0].name: self.first}
        for probe in PROBES[1:]:
            with suppress(FormatError, UsageError):
                prompt = self._render(render, jinja, probe)
                if all(text in prompt for text in probe.only_in_calls):
                    self.prompts[probe.name] = prompt

    @staticmethod
    def _render(render: JinjaRenderer, jinja: str, probe: Probe) -> str:
        return render(jinja, {**probe.variables(), "bos_token": _BOS, "eos_token": _EOS})[:_LONGEST]

    @property
    def unanswered(self) -> tuple[Probe, ...]:
        """The probes to which it says nothing that could be compared."""
        return tuple(probe for probe in PROBES if probe.name not in self.prompts)

    @property
    def prints_bos(self) -> bool:
        """Whether the model's first token stands in front."""
        return self.first.startswith(_BOS)


def _compare(answers: _Answers, family: Family, bos: str | None, eos: str | None) -> _Verdict | None:
    """Compare on each probe that has an answer, the plain chats first; None if they write one of these differently."""
    first, last = family.bos if bos is None else bos, family.eos if eos is None else eos
    differs: list[Probe] = []
    found: set[Deviation] = set()
    for probe in PROBES:
        answer = answers.prompts.get(probe.name)
        if answer is None:
            continue
        prompt = answer.removeprefix(_BOS).replace(_BOS, first).replace(_EOS, last)
        how = _agreement(answers, family, probe, prompt, first)
        if how is None and probe.topic == "chat":
            return None
        if how is None:
            differs.append(probe)
        else:
            found |= how
    return _Verdict(family=family, differs=tuple(differs), deviations=frozenset(found))


def _agreement(answers: _Answers, family: Family, probe: Probe, prompt: str, bos: str) -> frozenset[Deviation] | None:
    """Return in what a family deviates from the prompt of a probe, None if it writes another one."""
    own = _write(family, probe, probe.messages, answers.today)
    if bos and not own.startswith(bos):
        prompt = prompt.removeprefix(bos)  # a template may spell the token out
    structured = probe.topic == "tools" or bool(probe.tools)
    how = deviations(prompt, own, dates=answers.dates, structured=structured)
    for messages in probe.trimmed if how is None else ():
        how = deviations(prompt, _write(family, probe, messages, answers.today), dates=answers.dates)
        if how is not None:
            return how | {"blanks"}
    return how


def _write(family: Family, probe: Probe, messages: tuple[Message, ...], today: date) -> str:
    return render_go(family.parsed, messages, today=today, tools=probe.tools or None, think=probe.think)
