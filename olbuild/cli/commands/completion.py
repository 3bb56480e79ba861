"""``olbuild completion``."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

from olbuild.cli.options import one_of
from olbuild.cli.session import Session


def completion(
    session: Session,
    shell: Annotated[
        str, typer.Argument(metavar="SHELL", callback=one_of("bash", "zsh", "fish"), help="bash, zsh or fish.")
    ],
) -> None:
    """Print the completion script of a shell: commands, options, and the names in the local store.

    Examples:
        eval "$(olbuild completion bash)"
        olbuild completion fish > ~/.config/fish/completions/olbuild.fish
    """
    from olbuild.cli.completion.words import describe

    session.write(importlib.import_module(f"olbuild.cli.completion.{shell}").script(describe()).rstrip("\n"))
