"""``olbuild history``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from olbuild.cli import units
from olbuild.cli.columns import table
from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Json, Place, PlainHttp, Remote
from olbuild.cli.session import Session

if TYPE_CHECKING:
    from olbuild.api.history import Generation


def history(
    session: Session, source: Place, json: Json = False, remote: Remote = False, plain_http: PlainHttp = False
) -> None:
    """Show which instruction made what of an artifact, and in which of its ancestors; the newest comes first.

    Examples:
        olbuild history me/assistant
        olbuild history --json ghcr.io/me/assistant:v1
    """
    from olbuild.api.history import history as history_of

    if plain_http:
        allow_plain_http(session, source)
    found = history_of(session.workspace, source, remote=remote)
    if json:
        session.write_json([_document(each) for each in found])
        return
    rows = [
        (
            each.name,
            layer.instruction or "-",
            layer.title or layer.descriptor.media_type,
            units.size(layer.descriptor.size),
            layer.descriptor.digest.short,
        )
        for each in found
        for layer in each.layers
    ]
    session.write_lines(table(("ARTIFACT", "INSTRUCTION", "LAYER", "SIZE", "DIGEST"), rows, session.width))
    if not found[-1].known:
        session.say(
            f"{found[-1].name} ({found[-1].digest.short}) is not here; what it brought stands with the one above"
        )


def _document(generation: Generation) -> dict[str, object]:
    return {
        "name": generation.name,
        "digest": str(generation.digest),
        "created": generation.created,
        "known": generation.known,
        "layers": [
            {
                "instruction": layer.instruction,
                "title": layer.title,
                "mediaType": layer.descriptor.media_type,
                "digest": str(layer.descriptor.digest),
                "size": layer.descriptor.size,
            }
            for layer in generation.layers
        ],
    }
