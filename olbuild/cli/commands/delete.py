"""``olbuild delete``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import PlainHttp
from olbuild.cli.questions import ask
from olbuild.cli.session import Session
from olbuild.cli.terminal import is_terminal
from olbuild.core.errors import OlbuildError, UsageError


def delete(
    session: Session,
    places: Annotated[
        list[str], typer.Argument(metavar="REF", help="HOST/NAME:TAG, HOST/NAME@sha256:…, oci:DIR:NAME.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    plain_http: PlainHttp = False,
) -> None:
    """Delete tags in a registry, or by digest a manifest with all its tags. Prints the digests that they stood for.

    It asks first, and without a terminal it needs --yes. Blobs are the registry's own business.

    Examples:
        olbuild delete --yes ghcr.io/team/assistant:v1
    """
    from olbuild.api.repositories import delete as delete_artifacts
    from olbuild.api.repositories import find_doomed

    if plain_http:
        allow_plain_http(session, *places)
    doomed = find_doomed(session.workspace, tuple(places))
    if not yes:
        _confirm(session, [f"{each.label} ({each.root.digest})" for each in doomed])
    for each in delete_artifacts(doomed):
        session.say(f"deleted {each.label}")
        session.write(str(each.root.digest))


def _confirm(session: Session, doomed: list[str]) -> None:
    if not is_terminal(sys.stdin):
        raise UsageError("there is no terminal to ask on whether to delete", hint="say --yes")
    session.settle()
    for each in doomed:
        session.say(each)
    if ask("Delete? [y/N] ").lower() not in {"y", "yes"}:
        raise OlbuildError("nothing was deleted")
