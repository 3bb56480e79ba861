"""What a Jinja template says to each probe."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Protocol

from olbuild.core.errors import FormatError, UsageError
from olbuild.language.template.families.compare import date_forms
from olbuild.language.template.families.probes import PROBES, Probe

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


class Answers:
    """The prompts that a Jinja template makes of the probes.

    A probe has none if the template refuses it, fails on it, or leaves its tool calls out.
    """

    def __init__(self, jinja: str, render: JinjaRenderer, today: date) -> None:
        """Render all probes.

        Raises:
            FormatError: if the template is no Jinja, or fails on a single question.
            UsageError: if it refuses a single question.
        """
        self.today = today
        self.dates = date_forms(jinja, today)
        self.first = _render(render, jinja, PROBES[0])
        self._prompts: dict[str, str] = {PROBES[0].name: self.first}
        for probe in PROBES[1:]:
            with suppress(FormatError, UsageError):
                prompt = _render(render, jinja, probe)
                if all(text in prompt for text in probe.only_in_calls):
                    self._prompts[probe.name] = prompt

    def prompt(self, probe: Probe, bos: str, eos: str) -> str | None:
        """Return the prompt of a probe for a model with these tokens, without the first one at its very beginning."""
        prompt = self._prompts.get(probe.name)
        return None if prompt is None else prompt.removeprefix(_BOS).replace(_BOS, bos).replace(_EOS, eos)

    @property
    def unanswered(self) -> tuple[Probe, ...]:
        """The probes without a prompt."""
        return tuple(probe for probe in PROBES if probe.name not in self._prompts)

    @property
    def prints_bos(self) -> bool:
        """Whether prompts begin with the model's first token."""
        return self.first.startswith(_BOS)


def _render(render: JinjaRenderer, jinja: str, probe: Probe) -> str:
    return render(jinja, {**probe.variables(), "bos_token": _BOS, "eos_token": _EOS})[:_LONGEST]
