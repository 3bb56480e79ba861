"""``olbuild engine install``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from olbuild.cli.session import Session
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.llama.install import Accelerator

Cache = Annotated[
    Path | None, typer.Option("--cache", metavar="DIR", help="Where engines are kept.", show_default=False)
]


def engine_install(
    session: Session,
    *,
    cuda: Annotated[bool, typer.Option("--cuda", help="For graphics processors of NVIDIA.")] = False,
    rocm: Annotated[bool, typer.Option("--rocm", help="For those of AMD.")] = False,
    metal: Annotated[bool, typer.Option("--metal", help="For those of Apple.")] = False,
    vulkan: Annotated[bool, typer.Option("--vulkan", help="For those with Vulkan.")] = False,
    cpu: Annotated[bool, typer.Option("--cpu", help="For the processor alone.")] = False,
    compile_: Annotated[
        bool,
        typer.Option(
            "--compile", help="Use no ready wheel but one compiled for exactly this machine, whatever is there."
        ),
    ] = False,
    index_url: Annotated[
        str, typer.Option("--index-url", metavar="URL", help="Where ready wheels are.", show_default=False)
    ] = "",
    cache: Cache = None,
) -> None:
    """Install llama.cpp into the environment of olbuild, in the one version that olbuild is made for.

    A ready wheel is taken where there is one for this platform; else the engine is compiled once for this machine,
    which takes some minutes, and kept. Without an option, an engine that is there stays as it is.

    Examples:
        olbuild engine install
    """
    from olbuild.llama.install import Wish, ensure_engine
    from olbuild.llama.install.talk import Talk

    asked = {"cuda": cuda, "rocm": rocm, "metal": metal, "vulkan": vulkan, "cpu": cpu}
    chosen = [name for name, given in asked.items() if given]
    if len(chosen) > 1:
        raise UsageError(f"one accelerator is built in, and {' and '.join(f'--{name}' for name in chosen)} are two")
    if index_url and compile_:
        raise UsageError("--index-url and --compile do not go together")
    wish = Wish(
        accelerator=cast("Accelerator", chosen[0]) if chosen else None,
        ready=not compile_,
        index=index_url,
        offline=session.config.offline,
        again=compile_,
    )
    talk = session.emit if session.quiet or session.progress in {"json", "none"} else Talk()
    session.settle()
    ensure_engine(cache, talk, wish)
