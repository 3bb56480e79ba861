"""``olbuild rm``."""

from __future__ import annotations

from olbuild.cli import units
from olbuild.cli.options import StoredNames
from olbuild.cli.session import Session
from olbuild.cli.wording import kept
from olbuild.core.names import local_name


def rm(session: Session, names: StoredNames) -> None:
    """Take names out of the local store, and with the last name of an artifact the content that only it needed.

    Examples:
        olbuild rm me/assistant me/other:v1
    """
    store = session.workspace.store
    known = dict.fromkeys(local_name(name) for name in names)
    for name in known:  # all of them before any is gone: a mistyped name changes nothing
        store.resolve(name)
    for name in known:
        removed = store.remove(name)
        session.say(f"removed {name}, {units.size(removed.bytes)} freed{kept(removed.kept)}")
