"""One family compared with the answers of a Jinja template."""

from __future__ import annotations

from olbuild.core.records import Frozen
from olbuild.language.template.evaluate.render import render_go
from olbuild.language.template.families.answers import Answers
from olbuild.language.template.families.compare import Deviation, deviations
from olbuild.language.template.families.family import Family
from olbuild.language.template.families.probes import PROBES, Message, Probe

_MARK = "\ue003"  # stands for a system text


class Verdict(Frozen, kw_only=True):
    """On which probes a family differs, in what it deviates on the others, and which system text it needs for that."""

    family: Family
    system: str | None
    differs: tuple[Probe, ...]
    deviations: frozenset[Deviation]

    def rank(self) -> tuple[int, ...]:
        """Return what to sort by: differences in what matters more come first.

        Tools in the format of another model are worse than no tools.
        """
        misled = self._misses("tools") if "tools" in self.family.parsed.names else 0
        missed = map(self._misses, ("tools", "thinking", "edges"))
        return (self._misses("system"), misled, *missed, self.system is not None, len(self.deviations))

    def _misses(self, topic: str) -> int:
        return sum(probe.topic == topic for probe in self.differs)


def judge(answers: Answers, family: Family, bos: str | None, eos: str | None) -> Verdict | None:
    """Return how a family compares, None if it writes plain chats differently, with any system text.

    ``bos`` and ``eos`` are those of the model, where they are known.
    """
    tokens = (family.bos if bos is None else bos, family.eos if eos is None else eos)
    verdict = _Comparison(answers, family, *tokens).verdict()
    if verdict is None and (system := _own_system(answers, family, *tokens)):
        verdict = _Comparison(answers, family, *tokens, system).verdict()
    return verdict


def _own_system(answers: Answers, family: Family, bos: str, eos: str) -> str | None:
    """Return the system text that a template has where the conversation has none, seen with a family's eyes."""
    probe = PROBES[0]
    prompt = answers.prompt(probe, bos, eos) or ""
    marked = render_go(family.parsed, ({"role": "system", "content": _MARK}, *probe.messages), today=answers.today)
    before, mark, after = marked.partition(_MARK)
    if not (mark and prompt.startswith(before) and prompt.endswith(after)):
        return None
    system = prompt[len(before) : len(prompt) - len(after)]
    changing = (*family.stops, *answers.dates)  # more than one turn, or another text tomorrow
    return None if any(text in system for text in changing) else system


class _Comparison(Frozen):
    """A family against a template, perhaps with a system text for conversations that have none."""

    answers: Answers
    family: Family
    bos: str
    eos: str
    system: str | None = None

    def verdict(self) -> Verdict | None:
        """Compare on each probe, plain chats first."""
        differs: list[Probe] = []
        found: set[Deviation] = set()
        for probe in PROBES:
            prompt = self.answers.prompt(probe, self.bos, self.eos)
            if prompt is None:
                continue
            how = self._agreement(probe, prompt)
            if how is None and probe.topic == "chat":
                return None
            if how is None:
                differs.append(probe)
            else:
                found |= how
        return Verdict(family=self.family, system=self.system, differs=tuple(differs), deviations=frozenset(found))

    def _agreement(self, probe: Probe, prompt: str) -> frozenset[Deviation] | None:
        """Return in what the family deviates from a prompt, None if it writes another one."""
        own = self._write(probe, probe.messages)
        if self.bos and not own.startswith(self.bos):
            prompt = prompt.removeprefix(self.bos)  # a template may spell the token out
        structured = probe.topic == "tools" or bool(probe.tools)
        how = deviations(prompt, own, dates=self.answers.dates, structured=structured)
        for messages in probe.trimmed if how is None else ():
            how = deviations(prompt, self._write(probe, messages), dates=self.answers.dates)
            if how is not None:
                return how | {"blanks"}
        return how

    def _write(self, probe: Probe, messages: tuple[Message, ...]) -> str:
        if self.system is not None and messages[0]["role"] != "system":
            messages = ({"role": "system", "content": self.system}, *messages)
        tools = probe.tools or None
        return render_go(self.family.parsed, messages, today=self.answers.today, tools=tools, think=probe.think)
