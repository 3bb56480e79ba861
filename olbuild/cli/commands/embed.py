"""``olbuild embed``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.loading import loading
from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Json, PlainHttp, Variant
from olbuild.cli.parameters import read_parameters
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_text
from olbuild.core.errors import UsageError


def embed(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model of embeddings, as run takes it.")],
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Texts; without any, the lines of standard input.")
    ] = None,
    *,
    dimensions: Annotated[int, typer.Option(metavar="N", min=0, help="Keep so many numbers of a vector.")] = 0,
    raw: Annotated[bool, typer.Option("--raw", help="Do not scale vectors to length 1.")] = False,
    options: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="A parameter, as in num_ctx=256.")
    ] = None,
    variant: Variant = None,
    json: Json = False,
    plain_http: PlainHttp = False,
) -> None:
    """Make vectors of texts, in this process: a line for each text, which is a list of numbers in JSON.

    A text that is longer than the context is cut.

    Examples:
        olbuild embed me/embedder "A cat sat on the mat." "Cats like mats."
        echo "A line of standard input." | olbuild embed --dimensions 64 --json me/embedder
    """
    from olbuild.api.loaded import load
    from olbuild.api.workspace import Workspace

    asked = texts or standard_text("the texts").splitlines()
    if not asked:
        raise UsageError("there is no text", hint='olbuild embed NAME "TEXT", or write lines to standard input')
    if plain_http:
        allow_plain_http(session, name)
    workspace = Workspace(session.config, loading(session))
    with load(name, options=read_parameters(options or []), variant=variant, workspace=workspace) as model:
        vectors = model.embed(asked, dimensions=dimensions, normalise=not raw)
    if json:
        session.write_json({"model": name, "embeddings": vectors})
    else:
        session.write_lines(_line(vector) for vector in vectors)


def _line(vector: list[float]) -> str:
    """Write a vector as JSON, with as many digits as numbers of 32 bits have. All of them are finite."""
    return f"[{', '.join(f'{number:.9g}' for number in vector)}]"
