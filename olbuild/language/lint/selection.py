"""Which findings are wanted: prefixes of codes that are selected, and prefixes that are not."""

from __future__ import annotations

from collections.abc import Iterable

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen
from olbuild.language.lint.catalog import TOPICS
from olbuild.language.lint.finding import Finding

_RULES = "OLB3"


class Selection(Frozen, kw_only=True):
    """Prefixes such as ``OLB3`` or ``OLB332``. Without ``select`` it is everything; the longest prefix decides."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @classmethod
    def of(cls, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Selection:
        """Read prefixes, several in one text when commas stand between them.

        Raises:
            UsageError: if no code begins so.
        """
        return cls(select=_prefixes(select), ignore=_prefixes(ignore))

    def wants(self, finding: Finding) -> bool:
        """Whether a finding is to be shown. An error of the language always is: the file cannot be built."""
        return self.chooses(finding) or (finding.diagnostic.is_error and finding.code < _RULES)

    def chooses(self, finding: Finding) -> bool:
        """Whether a finding is selected, and may be mended."""
        selected = _longest(self.select or ("",), finding.code)
        return selected is not None and selected > (_longest(self.ignore, finding.code) or -1)

    def keep(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings that are wanted."""
        return tuple(finding for finding in findings if self.wants(finding))


def _longest(prefixes: tuple[str, ...], code: str) -> int | None:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=None)


def _prefixes(texts: Iterable[str]) -> tuple[str, ...]:
    prefixes = tuple(part.strip().upper() for text in texts for part in text.split(",") if part.strip())
    for prefix in prefixes:
        if not any(topic.code.startswith(prefix) for topic in TOPICS):
            raise UsageError(
                f"no rule has a code that begins with {prefix}", hint="olbuild check --explain all lists them"
            )
    return prefixes
