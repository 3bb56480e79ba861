"""``olbuild run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli.loading import loading
from olbuild.cli.moving import allow_plain_http, allow_plain_http_of
from olbuild.cli.options import PlainHttp, Variant
from olbuild.cli.parameters import read_parameters
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_text
from olbuild.cli.terminal import is_terminal
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.cli.talking.port import Open
    from olbuild.cli.talking.state import Talk


def run(
    session: Session,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A name, HOST/NAME, oci:DIR:NAME, or a path such as ./Modelfile.")
    ],
    prompt: Annotated[
        list[str] | None, typer.Argument(metavar="PROMPT", help="What to ask, behind what standard input holds.")
    ] = None,
    *,
    system: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A system text in place of the artifact's.")
    ] = None,
    options: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="A parameter, as in temperature=0.")
    ] = None,
    variant: Variant = None,
    output_format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="What answers look like: json, a JSON Schema, or a file of one."
        ),
    ] = None,
    think: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Whether to think: true, false, low, medium, high.")
    ] = None,
    hide_thinking: Annotated[bool, typer.Option("--hidethinking", help="Do not show thoughts.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Draw answers as Markdown, on a terminal.")] = False,
    no_word_wrap: Annotated[bool, typer.Option("--nowordwrap", help="Leave long lines to the terminal.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Counts and rates, on standard error.")] = False,
    host: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask the server there, in place of a model in this process.")
    ] = None,
    keep_alive: Annotated[
        str | None,
        typer.Option("--keepalive", metavar="TIME", help="How long the server keeps the model loaded, as in 10m."),
    ] = None,
    plain_http: PlainHttp = False,
) -> None:
    """Ask a model. The answer goes to standard output as it comes, and nothing else does; thoughts go beside it.

    A question on standard input is answered too. On a terminal without a question it is a conversation: /bye or Ctrl-D
    ends it, Ctrl-C stops an answer, /help says more.

    What is not in the local store is pulled first; a path is built first. With --host a server does all of it.

    Examples:
        olbuild run me/assistant "What is the capital of France?"
        echo "What is the capital of Spain?" | olbuild run me/assistant
        olbuild run --option temperature=0.5 --verbose me/assistant Hello
    """
    for what, given in (("the question", " ".join(prompt or [])), ("--system", system or "")):
        _require_text(given, what)
    if keep_alive is not None:
        _require_time(keep_alive, host)
    text = _question(prompt or [])
    parameters = read_parameters(options or [])
    from olbuild.cli.talking.loop import answer, converse
    from olbuild.cli.talking.reading import open_lines
    from olbuild.cli.talking.state import Talk
    from olbuild.cli.talking.wishes import read_format, read_think

    talk = Talk(
        parameters=parameters,
        format=read_format(output_format or ""),
        think=None if think is None else read_think(think),
        hide_thinking=hide_thinking,
        markdown=markdown,
        word_wrap=not no_word_wrap,
        verbose=verbose,
    )
    if host is not None:
        talk.system = system
        open_model = _at_server(host, keep_alive)
    else:
        if plain_http:
            _allow_plain_http(session, name)
        open_model = _in_process(session, talk, system, variant)
    if text is None:
        converse(open_model, name, talk, open_lines(Path(session.config.home) / "state" / "history"), session.say)
        return
    with open_model(name) as model:
        session.settle()
        answer(model, talk, text, session.say)


def _in_process(session: Session, talk: Talk, system: str | None, variant: str | None) -> Open:
    from olbuild.api.workspace import Workspace
    from olbuild.cli.talking.local import open_local

    workspace = Workspace(session.config, loading(session))
    return lambda name: open_local(workspace, name, talk.parameters, system=system, variant=variant)


def _at_server(host: str, keep_alive: str | None) -> Open:
    from olbuild.cli.server import client_of
    from olbuild.cli.talking.remote import Remote

    client = client_of(host)
    return lambda name: Remote(client, name, keep_alive=keep_alive)


def _allow_plain_http(session: Session, name: str) -> None:
    from olbuild.api.locations import is_path

    if not is_path(name):
        allow_plain_http(session, name)
        return
    from olbuild.api.building import read_request

    allow_plain_http_of(session, read_request(Path(name)))


def _question(words: list[str]) -> str | None:
    """Return what is asked: standard input, unless it is a terminal, then the words; ``None`` is a conversation."""
    piped = ""
    if not is_terminal(sys.stdin):
        piped = standard_text("the question") if sys.stdin is not None else ""
    parts = [part for part in (piped.strip("\r\n"), " ".join(words)) if part.strip()]
    if parts:
        return "\n".join(parts)
    if is_terminal(sys.stdin):
        return None
    raise UsageError("there is no question", hint='olbuild run NAME "QUESTION", or write it to standard input')


def _require_time(text: str, host: str | None) -> None:
    """Refuse what no server would understand, before one is asked."""
    from olbuild.serving.wire.keepalive import read_setting

    if host is None:
        raise UsageError("--keepalive is for a server", hint="add --host URL")
    if read_setting(text) is None:
        raise UsageError(f"--keepalive {text} is no time", hint="seconds as in 300, or as in 10m; -1 is for ever")


def _require_text(text: str, what: str) -> None:
    """Refuse an argument whose bytes are no UTF-8; Python keeps such bytes as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{what} is not UTF-8") from None
