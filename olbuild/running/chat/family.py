"""The Go template for a Jinja template: Jinja runs in the sandbox, and the language compares."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from olbuild.core.errors import FormatError
from olbuild.running.chat.sandbox import render

if TYPE_CHECKING:
    from olbuild.language.template.families import Match

MOST_SECONDS = 2.0
"""For all probes together; the slowest template seen needs a tenth of a second."""


def go_template_for(jinja: str, *, bos: str | None = None, eos: str | None = None) -> Match:
    """Return which of our Go templates write prompts as a Jinja template does.

    Args:
        jinja: the text of the template, such as a GGUF's ``tokenizer.chat_template``.
        bos: the text of the model's first token, if it is known.
        eos: the text of its last token.

    Raises:
        FormatError: if the template is no Jinja, fails on a single question, or takes too long.
        UsageError: if it refuses a single question.
    """
    from olbuild.language.template.families import choose  # noqa: PLC0415 - loads lark, which running does not need

    clock = _Clock()
    match = choose(jinja, clock.render, today=datetime.now().astimezone().date(), bos=bos, eos=eos)
    if clock.is_over:
        raise FormatError(f"the chat template takes more than {MOST_SECONDS:.0f} seconds for a few short conversations")
    return match


class _Clock:
    """Renders until the time is up."""

    def __init__(self) -> None:
        self._end = time.monotonic() + MOST_SECONDS

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._end

    def render(self, template: str, variables: Mapping[str, object]) -> str:
        """Render in the sandbox.

        Raises:
            FormatError, UsageError: as the sandbox, and when the time is up.
        """
        if self.is_over:
            raise FormatError("the chat template takes too long")
        return render(template, variables)
