"""A command's function becomes a typer command: with the options that every command has, and one style of help."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from typing import cast

import typer
from typer.core import TyperCommand

from olbuild.cli import streams
from olbuild.cli.help import command_help
from olbuild.cli.interruption import stoppable
from olbuild.cli.options import Debug, Home, Offline, Progress, Quiet
from olbuild.cli.session import CommonOptions, Session, open_session
from olbuild.cli.table import Entry
from olbuild.core.errors import UsageError

_SETTINGS = {"help_option_names": ["--help", "-h"]}

Function = Callable[..., None]


def common(
    *,
    quiet: Quiet = False,
    progress: Progress = "auto",
    offline: Offline = False,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Declare what every command has; ``open_session`` takes the values."""


COMMON_NAMES = tuple(inspect.signature(common).parameters)


class Command(TyperCommand):
    """A command with olbuild's help."""

    def get_help(self, ctx: object) -> str:  # noqa: ARG002 - click's signature
        """Return the help."""
        return command_help(self, f"olbuild {self.name}", COMMON_NAMES).rstrip("\n")


def make_command(entry: Entry) -> Command:
    """Load a command's module and make its command."""
    module = importlib.import_module(f"olbuild.cli.commands.{entry.module}")
    application = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    function = _with_session(getattr(module, entry.module))
    application.command(entry.name, cls=Command, context_settings=_SETTINGS)(function)
    return cast("Command", typer.main.get_command(application))


def run(entry: Entry, arguments: list[str]) -> int:
    """Parse the arguments of a command, run it, and return the exit code."""
    streams.forgive()
    with stoppable():
        command = make_command(entry)
        try:
            with streams.naming(sys.stdout):  # parsing prints the help where it is asked for
                context = command.make_context(f"olbuild {entry.name}", arguments)
            with context:
                command.invoke(context)
        except typer.Exit as ended:
            return ended.exit_code
        except typer.TyperException as refused:
            raise usage_error(refused, entry.name) from None
        finally:
            streams.flush()
    return 0


def usage_error(refused: typer.TyperException, name: str) -> UsageError:
    """Say in olbuild's words why typer refuses a command line."""
    message = refused.format_message().replace("\n\t", " ").rstrip(".")
    hint = f"olbuild {name} --help shows how it is used"
    option, close = getattr(refused, "option_name", None), getattr(refused, "possibilities", None)
    if message.startswith("No such option") and option is not None:
        from difflib import get_close_matches

        best = get_close_matches(option, close or (), n=1, cutoff=0.0)
        return UsageError(f"there is no option {option}", hint=f"did you mean {best[0]}?" if best else hint)
    return UsageError(message[:1].lower() + message[1:], hint=hint)


def _with_session(function: Function) -> Function:
    """Replace the parameter ``session`` by the options that every command has."""

    def call(**values: object) -> None:
        shared = {name: values.pop(name) for name in COMMON_NAMES}
        with open_session(**cast("CommonOptions", shared)) as session:
            function(session, **values)

    own = list(inspect.signature(function, eval_str=True).parameters.values())
    if not own or own[0].annotation is not Session:
        raise TypeError(f"the first parameter of {function.__name__} must be the session")
    shared = inspect.signature(common, eval_str=True).parameters.values()
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own[1:], *shared)]
    vars(call)["__signature__"] = inspect.Signature(parameters)
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    call.__name__, call.__doc__ = function.__name__, function.__doc__
    return call
