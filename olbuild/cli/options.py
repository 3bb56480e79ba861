"""Options and arguments that several commands share. Their values stay text: what they mean is checked behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

import typer


def one_of(*choices: str) -> Callable[[str | None], str | None]:
    """Return a check that lets through only some words, and nothing."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in choices:
            raise typer.BadParameter(f"{value!r} is none of {', '.join(choices)}")
        return value

    return check


def is_profile(value: str | None) -> str | None:
    """Let through only the formats that can be written, and nothing."""
    from olbuild.artifact.profiles import writable_names

    return one_of(*writable_names())(value)


Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Junit: TypeAlias = Annotated[
    str | None, typer.Option("--junit", metavar="FILE", help="Write the results of tests there, as JUnit XML.")
]
PlainHttp: TypeAlias = Annotated[
    bool, typer.Option("--plain-http", help="Speak HTTP without TLS (loopback does so anyway).")
]
Place: TypeAlias = Annotated[
    str, typer.Argument(metavar="SRC", help="HOST/NAME, a name in the local store, oci:DIR[:NAME] or oci-archive:FILE.")
]
Remote: TypeAlias = Annotated[bool, typer.Option("--remote", help="Ask the registry, whatever the local store has.")]
Referrers: TypeAlias = Annotated[
    bool, typer.Option("--referrers", help="Also what refers to it: signatures, attestations.")
]
Variant: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME|QUANT", help="The variant to take of an index. [default: the best that fits]"),
]
Stored: TypeAlias = Annotated[str, typer.Argument(metavar="SRC", help="A name in the local store.")]
StoredNames: TypeAlias = Annotated[list[str], typer.Argument(metavar="NAME", help="Names in the local store.")]
Modelfiles: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE", help="Modelfiles, folders that hold some, or - for standard input.", show_default=False
    ),
]
Dialect: TypeAlias = Annotated[
    str,
    typer.Option(metavar="olbuild|ollama", callback=one_of("olbuild", "ollama"), help="ollama forbids extensions."),
]
Profile: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="FORMAT",
        callback=is_profile,
        help="modelpack, ollama, docker or modelcar; docs/formats.md says what each one carries.",
    ),
]
Host: TypeAlias = Annotated[str, typer.Argument(metavar="HOST", help="The registry, as in ghcr.io.")]

Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no talk, errors only.")]
Progress: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="auto|plain|json|none",
        callback=one_of("auto", "plain", "json", "none"),
        help="Bars on a terminal, plain lines, one JSON object a line on standard error, or nothing.",
    ),
]
Offline: TypeAlias = Annotated[bool, typer.Option("--offline", help="Look nothing up in a registry.")]
Home: TypeAlias = Annotated[str | None, typer.Option(metavar="DIR", help="Folder of the local store.")]
Debug: TypeAlias = Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")]
