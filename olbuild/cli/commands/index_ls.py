"""``olbuild index ls``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli import units
from olbuild.cli.columns import table
from olbuild.cli.options import Json, PlainHttp
from olbuild.cli.session import Session

_HEADERS = ("VARIANT", "QUANTIZATION", "PARAMETERS", "SIZE", "MEMORY", "DIGEST", "HERE")


def index_ls(
    session: Session,
    source: Annotated[
        str, typer.Argument(metavar="SRC", help="An index: a name in the local store, HOST/NAME, or oci:DIR[:NAME].")
    ],
    json: Json = False,
    plain_http: PlainHttp = False,
) -> None:
    """List the variants of an index, and which one would be taken on this machine. Nothing is pulled.

    Examples:
        olbuild index ls me/assistant:all
        olbuild index ls --json me/assistant:all
    """
    from olbuild.api.variants import read_index
    from olbuild.cli.moving import allow_plain_http

    if plain_http:
        allow_plain_http(session, source)
    index = read_index(session.workspace, source)
    taken = index.choice.variant
    if json:
        variants = [
            {
                "name": each.name,
                "digest": str(each.manifest.digest),
                "quantization": each.quantization,
                "parameters": each.parameters,
                "size": each.size,
                "memory": each.memory,
                "taken": each is taken,
            }
            for each in index.variants
        ]
        session.write_json({"name": index.name, "digest": str(index.descriptor.digest), "variants": variants})
        return
    rows = [
        (
            each.name,
            each.quantization or "-",
            units.count(each.parameters) if each.parameters else "-",
            units.size(each.size),
            units.size(each.memory),
            each.manifest.digest.short,
            "taken" if each is taken else "",
        )
        for each in index.variants
    ]
    session.write_lines(table(_HEADERS, rows, session.width))
