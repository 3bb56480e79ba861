"""A Modelfile with everything that belongs to it: what is to be built, stage after stage, or all that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from olbuild.core.errors import ModelfileError
from olbuild.core.records import Frozen
from olbuild.core.text import Diagnostic, Source
from olbuild.language.modelfile.arguments import require_declared
from olbuild.language.modelfile.expand import expand
from olbuild.language.modelfile.instructions import Dialect, From
from olbuild.language.modelfile.parse import analyse, no_from
from olbuild.language.modelfile.settings import Settings, merge
from olbuild.language.modelfile.stages import Stage, lineage, split
from olbuild.language.modelfile.texts import Reader


class Elaborated(Frozen, kw_only=True):
    """What a Modelfile builds.

    ``stages`` begin with the one that goes on from no other stage and end with the one that is built; without stages
    there is one. ``lines`` are the instructions of each. ``sources`` are all files that were read, the Modelfile first.
    """

    stages: tuple[Settings, ...]
    lines: tuple[Stage, ...]
    warnings: tuple[Diagnostic, ...]
    sources: tuple[Source, ...]


def elaborate(
    data: bytes | str,
    reader: Reader,
    *,
    name: str = "Modelfile",
    dialect: Dialect = "olbuild",
    given: Mapping[str, str] | None = None,
    target: str | None = None,
) -> Elaborated:
    """Read a Modelfile and all that it includes.

    Args:
        data: the bytes of the file.
        reader: reads what stands beside it.
        name: what findings call it.
        dialect: how it is read.
        given: arguments by their names.
        target: the stage to build; without it, the last one.

    Raises:
        ModelfileError: with every error and warning of all files.
        UsageError: if an argument is not declared, or the target is no stage.
    """
    modelfile, found = analyse(data, name=name, dialect=dialect)
    expanded = expand(modelfile, reader, given or {})
    findings = [*found, *expanded.found]
    broken = any(finding.is_error for finding in findings)
    stages, misnamed = split(expanded.instructions)
    if not broken:
        findings += misnamed
        if not any(isinstance(each, From) for each in expanded.instructions):
            findings.append(no_from(modelfile.source))
    merged: dict[int, Settings] = {}
    for stage in stages:
        merged[id(stage)], problems = merge(stage.instructions)
        findings += problems
    findings = ordered(findings, expanded.sources)
    if any(finding.is_error for finding in findings):
        raise ModelfileError(tuple(findings))
    require_declared(given or {}, expanded.declared)
    lines = lineage(stages, target)
    return Elaborated(
        stages=tuple(merged[id(stage)] for stage in lines),
        lines=lines,
        warnings=tuple(findings),
        sources=expanded.sources,
    )


def ordered(findings: Iterable[Diagnostic], sources: tuple[Source, ...]) -> list[Diagnostic]:
    """Return findings in the order of the files, and in each in that of their places."""
    place = {id(source): index for index, source in enumerate(sources)}
    return sorted(findings, key=lambda finding: (place.get(id(finding.source), 0), finding.span.start, finding.code))
