"""``olbuild df``."""

from __future__ import annotations

from olbuild.cli import units
from olbuild.cli.columns import table
from olbuild.cli.options import Json
from olbuild.cli.session import Session
from olbuild.cli.wording import IN_USE

_HEADERS = ("NAME", "SIZE", "UNIQUE", "SHARED")
_SHORTEST_NAME = 8  # cells; here the amounts are what one came for


def df(session: Session, json: Json = False) -> None:
    """Show how much disk the local store takes, and for what.

    UNIQUE would be free without the name, SHARED other names need too.

    Examples:
        olbuild df
        olbuild df --json
    """
    used = session.workspace.store.usage()
    if json:
        names = [
            {
                "name": each.name,
                "digest": str(each.root.digest),
                "total": each.total,
                "unique": each.unique,
                "shared": each.shared,
            }
            for each in used.names
        ]
        amounts = {"total": used.total, "unnamed": used.unnamed, "leased": used.leased}
        session.write_json({"home": str(session.config.home), **amounts, "names": names})
        return
    rows = [
        (each.name, units.size(each.total), units.size(each.unique), units.size(each.shared)) for each in used.names
    ]
    session.write_lines(table(_HEADERS, rows, session.width, least=_SHORTEST_NAME))
    session.say(f"{units.size(used.total)} in {session.config.home}")
    if used.unnamed > used.leased:
        session.say(f"{units.size(used.unnamed - used.leased)} that no name needs: olbuild prune")
    if used.leased:
        session.say(f"{units.size(used.leased)} that no name needs, {IN_USE}")
