"""``olbuild registry info``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import asdict

from olbuild.cli.columns import table
from olbuild.cli.options import Json, PlainHttp
from olbuild.cli.session import Session
from olbuild.core.errors import UsageError
from olbuild.core.registries import shown

if TYPE_CHECKING:
    from olbuild.storage.registry import Learnt

_MEANINGS = {
    "ranges": "parts of a blob can be pulled",
    "sessions": "an upload that was cut off can be continued",
    "streams": "nothing is lost of what had arrived",
    "mounts": "blobs of other repositories can be taken over",
    "referrers": "it lists what points to a manifest",
    "chunk_least": "smallest piece of an upload",
    "layer_refused": "smallest layer that was refused",
    "connections": "connections at which a pull was fastest",
    "auth": "how it wants a login",
}


def registry_info(
    session: Session,
    place: Annotated[
        str, typer.Argument(metavar="HOST[/NAME[:TAG]]", help="A registry; with --probe, where to try things out.")
    ],
    json: Json = False,
    probe: Annotated[bool, typer.Option("--probe", help="Ask the registry, and try out what it can do.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Drop what was learnt.")] = False,
    plain_http: PlainHttp = False,
) -> None:
    """Show what was learnt of a registry, and when.

    Examples:
        olbuild registry info ghcr.io
        olbuild registry info --probe --json ghcr.io/me/assistant:latest
        olbuild registry info --forget ghcr.io
    """
    from olbuild.api.registries import forget_registry
    from olbuild.api.registries import registry_info as info

    if forget and probe:
        raise UsageError("--forget and --probe do not go together", hint="forget first, then probe")
    if forget:
        known = forget_registry(session.workspace, place)
        session.say(f"forgot what was learnt of {place}" if known else f"nothing was known of {place}")
        return
    if plain_http:
        session.with_settings(plain_http=(*session.config.plain_http, place.partition("/")[0]))
    found = info(session.workspace, place, probe=probe)
    if json:
        session.write_json(
            {
                "host": found.host,
                "address": found.address,
                "learnt": {name: {"value": one.value, "at": _when(one)} for name, one in found.learnt.items()},
                "settings": {name: shown(name, value) for name, value in asdict(found.settings).items()},
            }
        )
        return
    rows = [(name, _shown(one), _when(one), _MEANINGS[name]) for name, one in found.learnt.items()]
    session.write_lines(table(("FACT", "VALUE", "LEARNT", "MEANING"), rows, session.width))
    if not rows:
        session.say(f"nothing is known of {found.host} yet; --probe finds out")


def _shown(learnt: Learnt) -> str:
    if isinstance(learnt.value, bool):
        return "yes" if learnt.value else "no"
    return f"{learnt.value:,}" if isinstance(learnt.value, int) else learnt.value


def _when(learnt: Learnt) -> str:
    return datetime.fromtimestamp(learnt.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
