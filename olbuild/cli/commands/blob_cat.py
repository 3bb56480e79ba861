"""``olbuild blob cat``."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Place, PlainHttp, Remote
from olbuild.cli.outputs import open_output
from olbuild.cli.session import Session
from olbuild.cli.terminal import is_terminal
from olbuild.core.errors import UsageError

_SHOWN = 1 << 20  # bytes that a terminal may be given
_RANGE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})?")


def blob_cat(
    session: Session,
    source: Place,
    wanted: Annotated[str, typer.Argument(metavar="BLOB", help="Its digest, the beginning of it, or its title.")],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write it there; - is standard output.", show_default=False
        ),
    ] = "-",
    part: Annotated[
        str | None, typer.Option("--range", metavar="FROM-TO", help="Bytes FROM up to and with TO, from 0; unverified.")
    ] = None,
    remote: Remote = False,
    plain_http: PlainHttp = False,
) -> None:
    """Print something that an artifact names: a layer, its config, or a manifest. It is checked against its digest.

    Examples:
        olbuild blob cat ghcr.io/me/assistant:v1 params.json
        olbuild blob cat --range 0-3 ghcr.io/me/assistant:v1 model.gguf
    """
    from olbuild.api.looking import look
    from olbuild.api.repositories import find_blob, write_blob, write_part
    from olbuild.core.content import read_verified

    if plain_http:
        allow_plain_http(session, source)
    sight = look(session.workspace, source, remote=remote, raw=True)
    descriptor, content = find_blob(sight, wanted)
    begin, end = _bounds(part, descriptor.size)
    if output == "-" and is_terminal(sys.stdout) and end - begin <= _SHOWN:
        data = content.read_at(begin, end - begin) if part else read_verified(content, descriptor, sight.name, _SHOWN)
        session.write(data.decode("utf-8", "backslashreplace").removesuffix("\n"))
        return
    with open_output(output, "a blob") as (write, _):
        if part:
            write_part(content, begin, end, write)
        else:
            write_blob(session.workspace, descriptor, content, write, sight.name)


def _bounds(part: str | None, size: int) -> tuple[int, int]:
    """Return where a part begins, and where the byte behind it is."""
    if part is None:
        return 0, size
    found = _RANGE.fullmatch(part)
    if found is None:
        raise UsageError(f"{part!r} is no range", hint="write FROM-TO, as in 0-99, or FROM- for all that follows")
    begin, end = int(found[1]), int(found[2] or size - 1) + 1
    if begin >= min(end, size):
        raise UsageError(f"the range {part} holds nothing of {size} bytes")
    return begin, min(end, size)
