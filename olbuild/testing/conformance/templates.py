"""Templates: the same text, byte for byte, wherever Ollama renders one; a refusal with a span where it parses none.

Where Ollama fails in the execution, or panics, any clear error or text is right. Addresses of pointers (Go prints them
for the elements of ``.Messages``) are other ones in each run of Ollama, and count as equal.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Self

from olbuild.core.errors import OlbuildError
from olbuild.language.template import TemplateFlaw, parse_template, render_go
from olbuild.testing.conformance.kinds import Line

_ADDRESS = re.compile(r"0x[0-9a-f]{8,16}")


class Templates:
    """Judges lines of the kind ``templates``."""

    def __enter__(self) -> Self:
        """Need nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing."""

    def differences(self, line: Line) -> list[str]:
        """Compare one template with one conversation."""
        answer = line["ollama"]
        try:
            template = parse_template(line["text"])
        except TemplateFlaw as error:
            return [] if answer.get("stage") == "parse" else [f"refused: {error.message}"]
        if answer.get("stage") == "parse":
            return ["accepted"]
        if not answer["ok"]:
            return self._failure(line)
        found = []
        if "vars" in answer and sorted(template.names) != answer["vars"]:
            found.append(f"names {sorted(template.names)}, not {answer['vars']}")
        try:
            text = render(line)
        except OlbuildError as error:
            return [*found, f"failed: {error.message}"]
        if _ADDRESS.sub("0x", text) != _ADDRESS.sub("0x", answer["out"]):
            found.append(f"{text!r}, not {answer['out']!r}")
        return found

    def _failure(self, line: Line) -> list[str]:
        """Any text is right, and any error that says where it comes from."""
        try:
            render(line)
        except OlbuildError as error:
            return [] if error.diagnostics else [f"failed without a place: {error.message}"]
        return []


def render(line: Line) -> str:
    """Render the conversation of a golden.

    Raises:
        OlbuildError: if the template is none, or fails.
    """
    return render_go(
        parse_template(line["text"]),
        line["messages"],
        today=datetime.now().astimezone().date(),
        tools=line.get("tools"),
        think=line.get("think"),
        prompt=line.get("prompt") or "",
        suffix=line.get("suffix") or "",
    )
