"""The helper that a compiled template calls when it is not portable: the original text, rendered exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from olbuild.language.template.evaluate.render import render_go
from olbuild.language.template.syntax.parse import parse_template


def go_helper(today: date) -> Callable[..., str]:
    """Return the function to put into a Jinja environment under the name HELPER.

    It takes the text of a Go template, ``messages``, ``tools`` and ``enable_thinking``, and may raise a
    TemplateFailure.
    """

    def render_go_template(
        text: str,
        messages: Sequence[Mapping[str, object]],
        tools: object = None,
        enable_thinking: object = None,
    ) -> str:
        listed = tools if isinstance(tools, list | tuple) else None
        think = enable_thinking if isinstance(enable_thinking, bool | str) else None
        return render_go(parse_template(text), messages, today=today, tools=listed, think=think)

    return render_go_template
