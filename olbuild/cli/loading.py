"""How the loading of a model is shown."""

from __future__ import annotations

import sys

from olbuild.cli.session import Session
from olbuild.cli.terminal import is_terminal
from olbuild.core.events import Advanced, Emit, Event, Finished, Started

_LOADING = "load"  # the id of the event in olbuild.running.session


def loading(session: Session) -> Emit:
    """Show that the model is loaded by a bar that goes away, and where there can be none by nothing.

    Else every answer in a script would come with a line of talk. ``--progress plain`` and ``json`` show it.
    """

    def emit(event: Event) -> None:
        if session.progress == "auto" and isinstance(event, Started | Advanced | Finished) and event.id == _LOADING:
            if isinstance(event, Finished):
                session.settle()
                return
            if not is_terminal(sys.stderr):
                return
        session.emit(event)

    return emit
