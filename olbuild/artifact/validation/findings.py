"""What was found, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, ParamSpec, TypeVar

from msgspec import field

from olbuild.core.errors import IntegrityError, NotFoundError
from olbuild.core.records import Frozen, Mutable

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


class Finding(Frozen, kw_only=True):
    """One thing that is against the specification.

    Attributes:
        document: which document, such as ``manifest`` or ``params.json``.
        place: where in it, as a JSON path from ``$``.
        message: what is wrong.
        rule: whether the schema says so, or the prose.
    """

    document: str
    place: str
    message: str
    rule: Literal["schema", "prose"]


class Findings(Mutable):
    """Collects, each thing once. ``unchecked`` says what could not be looked at, because it is not there."""

    unchecked: list[str] = field(default_factory=list)
    _found: dict[Finding, None] = field(default_factory=dict)

    @property
    def found(self) -> list[Finding]:
        """Everything that was noted, in its order."""
        return list(self._found)

    def ask(
        self, document: str, place: str, check: Callable[_Given, _Found], *args: _Given.args, **kwargs: _Given.kwargs
    ) -> _Found | None:
        """Call a check that raises, and note what it raises; return what it returns, else ``None``."""
        try:
            return check(*args, **kwargs)
        except NotFoundError as error:
            self.unchecked.append(f"{document}: {error.message}")
        except IntegrityError as error:
            self.note(document, place, error.message)
        return None

    def note(self, document: str, place: str, message: str, rule: Literal["schema", "prose"] = "prose") -> None:
        """Note one thing."""
        self._found[Finding(document=document, place=place, message=message, rule=rule)] = None
