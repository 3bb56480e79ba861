"""``olbuild ls``."""

from __future__ import annotations

from olbuild.cli import units
from olbuild.cli.columns import table
from olbuild.cli.options import Json
from olbuild.cli.session import Session

_HEADERS = ("NAME", "DIGEST", "SIZE", "PARAMETERS", "QUANTIZATION")


def ls(session: Session, json: Json = False) -> None:
    """List the artifacts in the local store.

    SIZE counts what the artifact needs, also what it shares with others: olbuild df tells them apart. With --quiet only
    the names are printed.

    Examples:
        olbuild ls
        olbuild ls --json
        olbuild ls --quiet
    """
    from olbuild.api.manage import list_artifacts

    listed = list_artifacts(session.workspace)
    if json:
        session.write_json(
            [
                {
                    "name": each.name,
                    "digest": str(each.digest),
                    "size": each.size,
                    "architecture": each.architecture,
                    "parameters": each.parameters,
                    "quantization": each.quantization,
                    "problem": each.problem,
                }
                for each in listed
            ]
        )
        return
    if session.quiet:
        session.write_lines(each.name for each in listed)
        return
    rows = [
        (
            each.name,
            each.digest.short,
            units.size(each.size),
            units.count(each.parameters) if each.parameters else "-",
            each.quantization or "-",
        )
        for each in listed
    ]
    session.write_lines(table(_HEADERS, rows, session.width))
    for each in listed:
        if each.problem:
            session.warn(f"{each.name}: {each.problem}")
