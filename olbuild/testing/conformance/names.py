"""Names: the same validity and the same parts in Ollama's name space.

A name that Ollama refuses may be accepted as an OCI reference, and only as that.
"""

from __future__ import annotations

from typing import Self

from olbuild.core.errors import UsageError
from olbuild.core.names import OllamaName
from olbuild.testing.conformance.kinds import Line

_PARTS = ("host", "namespace", "model", "tag")


class Names:
    """Judges lines of the kind ``names``."""

    def __enter__(self) -> Self:
        """Need nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing."""

    def differences(self, line: Line) -> list[str]:
        """Compare one name."""
        answer = line["ollama"]
        try:
            name = OllamaName.parse(line["text"])
        except UsageError as error:
            return [f"refused: {error.message}"] if answer["ok"] else []
        if not answer["ok"]:
            return [f"accepted as {name}"]
        found = {part: getattr(name, part) for part in _PARTS} | {"string": str(name), "short": name.short}
        return [f"{part} {found[part]!r}, not {answer[part]!r}" for part in found if found[part] != answer[part]]
