"""What can be explained about a finding, and the rules, which can find it too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from olbuild.core.records import Frozen
from olbuild.core.text import Fix, Severity, Span
from olbuild.language.lint.facts import Facts
from olbuild.language.lint.subject import Subject
from olbuild.language.modelfile import Dialect


class Example(Frozen, kw_only=True):
    """A Modelfile as it is on disk, what is known about its model, and the dialect it is read in."""

    data: bytes
    facts: Facts = Facts()
    dialect: Dialect = "olbuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A code: its name, how bad it is, why, a file that triggers it and nothing else, and a clean one."""

    code: str
    name: str
    severity: Severity
    reason: str
    triggers: Example
    passes: Example


class Remark(Frozen, kw_only=True):
    """What a rule finds: a place, what is wrong, what to do, and edits that do it."""

    span: Span
    message: str
    hint: str
    fix: Fix | None = None


Find: TypeAlias = Callable[[Subject], Iterator[Remark]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Topic):
    """A topic that is found by a function of ours. ``needs_facts`` says that it finds nothing without facts."""

    find: Find = field(compare=False, repr=False)
    needs_facts: bool = False


def rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    reason: str,
    triggers: str | Example,
    passes: str | Example,
    needs_facts: bool = False,
) -> Callable[[Find], Rule]:
    """Make a rule of the function that finds it."""

    def make(find: Find) -> Rule:
        return Rule(
            code=code,
            name=name,
            severity=severity,
            reason=reason,
            triggers=example(triggers),
            passes=example(passes),
            find=find,
            needs_facts=needs_facts,
        )

    return make


def example(written: str | Example) -> Example:
    """Return an example; a text is one without further facts."""
    return written if isinstance(written, Example) else Example(data=written.encode())
