"""``olbuild push``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import PlainHttp, Stored, is_profile
from olbuild.cli.session import Session
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.api.splitting import Splitting


def push(
    session: Session,
    source: Stored,
    destination: Annotated[
        str | None, typer.Argument(metavar="DST", help="HOST/NAME or oci:DIR[:NAME], if SRC does not say it.")
    ] = None,
    plain_http: PlainHttp = False,
    split: Annotated[
        str, typer.Option(metavar="SIZE|none|auto", help="Send larger layers in parts of at most this size.")
    ] = "auto",
    profile: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", callback=is_profile, help="Send it in another format, without storing that."),
    ] = None,
) -> None:
    """Copy an artifact from the local store to a registry, or to an OCI layout on disk. Prints its digest there.

    A name without a registry goes to the default_registry of the configuration file. Layers that a registry would not
    take are split; olbuild joins them again wherever it reads them.

    Examples:
        olbuild push ghcr.io/me/assistant
        olbuild push me/assistant ghcr.io/me/assistant:v1
        olbuild push me/assistant oci:published
        olbuild push --split 50MB me/assistant oci:parts
        olbuild push --profile modelcar me/assistant ghcr.io/me/assistant:car
    """
    from olbuild.api.transfer import push as push_artifact

    splitting = _splitting(split)
    if plain_http:
        allow_plain_http(session, destination or source)
    moved = push_artifact(session.workspace, source, destination, splitting=splitting, profile=profile)
    session.say(f"pushed {source} to {moved.name}")
    session.write(str(moved.descriptor.digest))


def _splitting(text: str) -> Splitting:
    from olbuild.core.sizes import parse_size

    if text == "auto":
        return "auto"
    if text == "none":
        return "never"
    try:
        return parse_size(text)
    except ValueError as error:
        raise UsageError(f"--split: {error}", hint="write a size, none or auto") from None
