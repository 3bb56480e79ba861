"""``olbuild run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from olbuild.cli.loading import loading
from olbuild.cli.moving import allow_plain_http, allow_plain_http_of
from olbuild.cli.options import PlainHttp, Variant
from olbuild.cli.parameters import read_parameters
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_input
from olbuild.cli.terminal import is_terminal
from olbuild.core.errors import UsageError


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
    verbose: Annotated[bool, typer.Option("--verbose", help="Counts and rates, on standard error.")] = False,
    plain_http: PlainHttp = False,
) -> None:
    """Ask a model. The answer goes to standard output as it comes, and nothing else does.

    A question on standard input is answered too. On a terminal without a question it is a conversation: /bye or Ctrl-D
    ends it, Ctrl-C stops an answer.

    What is not in the local store is pulled first; a path is built first.

    Examples:
        olbuild run me/assistant "What is the capital of France?"
        echo "What is the capital of Spain?" | olbuild run me/assistant
        olbuild run --option temperature=0.5 --verbose me/assistant Hello
    """
    for what, given in (("the question", " ".join(prompt or [])), ("--system", system or "")):
        _require_text(given, what)
    text = _question(prompt or [])
    parameters = read_parameters(options or [])
    from olbuild.api.running import load
    from olbuild.api.workspace import Workspace
    from olbuild.cli.answering import Answerer
    from olbuild.cli.chat import converse

    if plain_http:
        _allow_plain_http(session, name)
    workspace = Workspace(session.config, loading(session))
    with load(workspace, name, parameters, system=system, variant=variant) as model:
        answerer = Answerer(model, session, verbose=verbose)
        if text is not None:
            answerer.answer(text)
        else:
            converse(answerer, session.say, Path(session.config.home) / "state" / "history")


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
        try:
            piped = standard_input("the question").decode("utf-8") if sys.stdin is not None else ""
        except UnicodeDecodeError as error:
            raise UsageError(
                f"standard input is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}"
            ) from None
    parts = [part for part in (piped.strip("\r\n"), " ".join(words)) if part.strip()]
    if parts:
        return "\n".join(parts)
    if is_terminal(sys.stdin):
        return None
    raise UsageError("there is no question", hint='olbuild run NAME "QUESTION", or write it to standard input')


def _require_text(text: str, what: str) -> None:
    """Refuse an argument whose bytes are no UTF-8; Python keeps such bytes as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{what} is not UTF-8") from None
