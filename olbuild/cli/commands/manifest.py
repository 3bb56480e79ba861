"""``olbuild manifest``."""

from __future__ import annotations

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Place, PlainHttp, Remote
from olbuild.cli.session import Session


def manifest(session: Session, source: Place, remote: Remote = False, plain_http: PlainHttp = False) -> None:
    """Print the manifest of an artifact, byte for byte: its sha256 is the artifact's digest.

    Examples:
        olbuild manifest ghcr.io/me/assistant:v1
        olbuild manifest me/assistant | sha256sum
    """
    from olbuild.api.looking import look

    if plain_http:
        allow_plain_http(session, source)
    session.write_file(look(session.workspace, source, remote=remote, raw=True).manifest())
