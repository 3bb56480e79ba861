"""``olbuild bench``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli import units
from olbuild.cli.columns import table
from olbuild.cli.loading import loading
from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Json, PlainHttp, Variant
from olbuild.cli.parameters import read_parameters
from olbuild.cli.session import Session
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.api.benching import Measured, Work

_MOST_USERS = 256
_HALF, _MOST = 0.5, 0.95
_HEADERS = ("NAME", "USERS", "TOKENS/S", "FIRST TOKEN", "(95 %)", "NEXT TOKENS", "(95 %)")


def bench(
    session: Session,
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Models, as run takes them; several to compare.")],
    *,
    users: Annotated[str, typer.Option(metavar="N,…", help="How many ask at once; one row for each.")] = "1,4,16",
    tokens: Annotated[int, typer.Option(metavar="N", min=1, help="Most tokens of an answer.")] = 64,
    words: Annotated[int, typer.Option(metavar="N", min=1, help="Words of a question; all questions differ.")] = 48,
    shared: Annotated[int, typer.Option(metavar="N", min=0, help="Words of a system text that all share.")] = 0,
    options: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="A parameter, as in num_thread=2.")
    ] = None,
    plot: Annotated[str | None, typer.Option(metavar="FILE", help="Write a picture there, as SVG.")] = None,
    variant: Variant = None,
    json: Json = False,
    plain_http: PlainHttp = False,
) -> None:
    """Measure what models give to several users who ask at once, in this process.

    For each number of users: tokens a second of all of them together, the time to the first token, and the time from
    there between two tokens. The median is followed by what 95 % of the users do not exceed.

    Examples:
        olbuild bench --users 1,2 --tokens 8 me/assistant
        olbuild bench --users 2 --tokens 4 --shared 50 --plot bench.svg --json me/assistant
    """
    from contextlib import ExitStack

    from olbuild.api.benching import Work, bench
    from olbuild.api.workspace import Workspace
    from olbuild.cli.outputs import open_output

    counts = _counts(users)
    if plot is not None and plot.lower().endswith((".png", ".jpg", ".jpeg", ".pdf")):
        raise UsageError(f"--plot writes SVG, and {plot} would be something else", hint="name it FILE.svg")
    parameters = read_parameters(options or [])
    work = Work(tokens=tokens, words=words, shared=shared)
    workspace = Workspace(session.config, loading(session))
    found: dict[str, list[Measured]] = {}
    with ExitStack() as stack:
        # Opened first: nobody wants to learn after minutes that it cannot be written.
        picture = None if plot is None else stack.enter_context(open_output(plot, "the picture"))
        for name in dict.fromkeys(names):
            if plain_http:
                allow_plain_http(session, name)
            rows = found.setdefault(name, [])
            for row in bench(workspace, name, counts, work, parameters, variant=variant):
                rows.append(row)
                session.say(f"{name}: {_users(row.users)}, {row.rate:.1f} tokens/s")
        if picture is not None:
            picture[0](_picture(counts, found, work).encode())
    if json:
        session.write_json([_document(name, row) for name, rows in found.items() for row in rows])
    else:
        session.write_lines(table(_HEADERS, [_row(name, row) for name in found for row in found[name]], session.width))


def _users(count: int) -> str:
    return "1 user" if count == 1 else f"{count} users at once"


def _counts(text: str) -> tuple[int, ...]:
    """Read numbers of users."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 0 < int(part[:4]) <= _MOST_USERS for part in parts):
        raise UsageError(f"--users {text} is no list of numbers from 1 to {_MOST_USERS}", hint="as in --users 1,4,16")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _row(name: str, row: Measured) -> tuple[str, ...]:
    from olbuild.api.benching import part

    times = [part(values, fraction) for values in (row.first, row.between) for fraction in (_HALF, _MOST)]
    return (name, str(row.users), f"{row.rate:.1f}", *map(units.span, times))


def _document(name: str, row: Measured) -> dict[str, object]:
    from olbuild.api.benching import part

    return {
        "name": name,
        "users": row.users,
        "seconds": row.seconds,
        "promptTokens": row.prompt_tokens,
        "cachedTokens": row.cached_tokens,
        "tokens": row.tokens,
        "tokensPerSecond": row.rate,
        "firstToken": {"p50": part(row.first, _HALF), "p95": part(row.first, _MOST)},
        "nextTokens": {"p50": part(row.between, _HALF), "p95": part(row.between, _MOST)},
    }


def _picture(counts: tuple[int, ...], found: Mapping[str, list[Measured]], work: Work) -> str:
    from olbuild.api.benching import part
    from olbuild.cli.plot import Panel, draw

    places = [str(count) for count in counts]
    rates = {name: [row.rate for row in rows] for name, rows in found.items()}
    firsts = {name: [part(row.first, _MOST) for row in rows] for name, rows in found.items()}
    panels = [
        Panel(title="Tokens a second, of all users", across="users at once", places=places, lines=rates),
        Panel(title="Seconds to the first token (95 %)", across="users at once", places=places, lines=firsts),
    ]
    shared = f", after {work.shared} words that all share" if work.shared else ""
    return draw(panels, f"answers of {work.tokens} tokens to questions of {work.words} words{shared}")
