"""``olbuild test``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.options import Json, Junit
from olbuild.cli.session import Session
from olbuild.core.errors import ExitCode


def test(
    session: Session,
    source: Annotated[
        str, typer.Argument(metavar="NAME", help="A name, HOST/NAME, oci:DIR:NAME, or a path such as ./Modelfile.")
    ],
    *,
    names: Annotated[
        list[str] | None, typer.Option("--name", metavar="TEST", help="Only the test of this name.")
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first test that fails.")] = False,
    junit: Junit = None,
    json: Json = False,
) -> None:
    """Run the tests that an artifact brings: TEST in its Modelfile. Ends with 1 if one fails.

    Each test is a conversation of its own, answered greedily with seed 0. What is not in the local store is pulled
    first; a path is built first.

    Examples:
        olbuild test me/assistant
        olbuild test --fail-fast --junit report.xml me/assistant
        olbuild test --json me/assistant
    """
    from olbuild.api.running import run_tests
    from olbuild.cli.trials import document_of_tests, lines_of_tests, require_folder_of, summary, write_junit

    require_folder_of(junit)
    tested = run_tests(session.workspace, source, only=names or (), fail_fast=fail_fast)
    if junit is not None:
        write_junit(junit, tested)
    if json:
        session.write_json(document_of_tests(tested))
    else:
        session.write_lines(lines_of_tests(tested, session.width))
    session.say(summary(tested))
    if not tested.passed:
        raise typer.Exit(ExitCode.FAILED)
