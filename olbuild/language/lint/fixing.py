"""Mending: apply the fixes of findings, look again, until nothing is left that can be mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from olbuild.core.records import Frozen
from olbuild.core.text import Fix, apply, compatible
from olbuild.language.lint.check import lint
from olbuild.language.lint.facts import Survey, no_facts
from olbuild.language.lint.finding import Finding
from olbuild.language.lint.selection import Selection
from olbuild.language.modelfile import Dialect, Reader
from olbuild.language.modelfile.decode import decode
from olbuild.language.modelfile.encoding import encode, encoding_of, is_lossless

MOST_ROUNDS = 20
"""A fix can uncover another finding; a file that needs more rounds is left half mended, which is no harm."""


class Fixed(Frozen, kw_only=True):
    """A mended file, the findings that were mended in their order, and those that are left."""

    data: bytes
    applied: tuple[Finding, ...]
    left: tuple[Finding, ...]


def fix(
    data: bytes,
    *,
    name: str = "Modelfile",
    dialect: Dialect = "olbuild",
    survey: Survey = no_facts,
    reader: Reader | None = None,
    selection: Selection | None = None,
) -> Fixed:
    """Apply every fix of the findings that are selected.

    A round of fixes that would bring new errors is not applied, whatever the rules think of it. A file with bytes that
    are no text is left alone. A fix without edits saves the text as UTF-8 without a byte order mark.
    """
    wanted = selection or Selection()

    def look(data: bytes) -> tuple[Finding, ...]:
        return wanted.keep(lint(data, name=name, dialect=dialect, survey=survey, reader=reader))

    def harmless(fixes: tuple[Fix, ...]) -> bool:
        return _errors(look(_mend(data, fixes))) <= _errors(findings)

    findings, applied = look(data), []
    for _ in range(MOST_ROUNDS if is_lossless(data) else 0):
        fixes = compatible(finding.fix for finding in findings if finding.fix and wanted.chooses(finding))
        done = fixes if harmless(fixes) else _most(fixes, harmless)
        mended = _mend(data, done)
        if mended == data:
            break
        applied += [finding for finding in findings if finding.fix in done]
        data, findings = mended, look(mended)
    return Fixed(data=data, applied=tuple(applied), left=findings)


def _most(fixes: tuple[Fix, ...], harmless: Callable[[tuple[Fix, ...]], bool]) -> tuple[Fix, ...]:
    """Return fixes that do no harm together: each in its turn, if it does none beside those before it."""
    done: tuple[Fix, ...] = ()
    for each in fixes:
        if harmless((*done, each)):
            done = (*done, each)
    return done


def _mend(data: bytes, fixes: Iterable[Fix]) -> bytes:
    fixes = tuple(fixes)
    text = apply(decode(data), fixes)
    return encode(text, "utf-8" if any(not each.edits for each in fixes) else encoding_of(data))


def _errors(findings: Iterable[Finding]) -> int:
    return sum(finding.diagnostic.is_error for finding in findings)
