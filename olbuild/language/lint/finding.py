"""A finding of the linter: a diagnostic, the name of what found it, and how it can be mended."""

from __future__ import annotations

from olbuild.core.records import Frozen
from olbuild.core.text import Diagnostic, Fix


class Finding(Frozen, kw_only=True):
    """One finding. A fix is there only where it is safe: it changes nothing but what the rule is about."""

    diagnostic: Diagnostic
    name: str
    fix: Fix | None = None

    @property
    def code(self) -> str:
        """The rule's code, such as ``OLB332``."""
        return self.diagnostic.code
