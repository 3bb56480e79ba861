"""``olbuild store verify``."""

from __future__ import annotations

from olbuild.cli.options import Json
from olbuild.cli.session import Session
from olbuild.core.errors import IntegrityError
from olbuild.core.events import Advanced, Finished, Started

_ID = "verify"


def store_verify(session: Session, json: Json = False) -> None:
    """Read the whole local store, and check every byte against its digest and every artifact for what it needs.

    Prints a line for each problem, and ends with 7 if there is one.

    Examples:
        olbuild store verify
    """
    store = session.workspace.store
    session.emit(Started(id=_ID, label="verify", total=sum(store.layout.blobs.sizes().values())))
    problems = store.verify(lambda amount: session.emit(Advanced(id=_ID, amount=amount)))
    session.emit(Finished(id=_ID))
    if json:
        documents = [{"kind": each.kind, "subject": each.subject, "message": each.message} for each in problems]
        session.write_json({"home": str(session.config.home), "problems": documents})
    else:
        session.write_lines(f"{each.kind}: {each.message}" for each in problems)
    if problems:
        found = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise IntegrityError(
            f"{found} in {session.config.home}", hint="remove what is damaged, and pull or build it again"
        )
    session.say("the local store is as it should be")
