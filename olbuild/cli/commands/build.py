"""``olbuild build``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from olbuild.cli.options import Junit, is_profile, one_of
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_input
from olbuild.core.errors import OlbuildError, UsageError

if TYPE_CHECKING:
    from olbuild.api.building import BuildRequest, BuildResult, Profile
    from olbuild.api.trials import Trials
    from olbuild.language.modelfile import Dialect


def build(
    session: Session,
    context: Annotated[
        str, typer.Argument(metavar="DIR", help="Folder with the Modelfile, or a Modelfile itself.", show_default=False)
    ] = ".",
    *,
    tags: Annotated[list[str] | None, typer.Option("--tag", "-t", metavar="NAME", help="What to call it.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="Another Modelfile; - is standard input.")
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Hard-link files into the store instead of copying them.")
    ] = False,
    dialect: Annotated[
        str,
        typer.Option(metavar="olbuild|ollama", callback=one_of("olbuild", "ollama"), help="ollama forbids extensions."),
    ] = "olbuild",
    profile: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            callback=is_profile,
            help="modelpack, ollama (what ollama create writes), docker or modelcar.",
        ),
    ] = "modelpack",
    pull: Annotated[
        str,
        typer.Option(
            metavar="missing|always|never",
            callback=one_of("missing", "always", "never"),
            help="When to look a base artifact up in its registry.",
        ),
    ] = "missing",
    build_args: Annotated[
        list[str] | None,
        typer.Option(
            "--build-arg", metavar="NAME=VALUE", help="A value for ARG NAME; NAME alone takes the environment's."
        ),
    ] = None,
    build_arg_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="YAML with values for ARG; --build-arg wins.")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="STAGE", help="The stage to build, not the last one.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Do every step again.")] = False,
    show: Annotated[
        str | None,
        typer.Option(
            "--print",
            metavar="plan|json|modelfile",
            callback=one_of("plan", "json", "modelfile"),
            help="Print the plan, or the Modelfile in plain Ollama, and build nothing.",
        ),
    ] = None,
    metadata_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write digest and names there, as JSON.")
    ] = None,
    run_tests: Annotated[
        bool, typer.Option("--test", help="Run the artifact's tests, and tag nothing if one fails.")
    ] = False,
    junit: Junit = None,
) -> None:
    r"""Make an artifact from a Modelfile. Prints its digest.

    Without a name it stays in the local store until the next olbuild prune.

    Examples:
        olbuild build -t me/assistant .
        olbuild build -t me/assistant --print plan .
        olbuild build --print modelfile .
        olbuild build -t me/for-ollama --profile ollama .
        printf 'FROM me/assistant\nSYSTEM Be brief.\n' | olbuild build -t me/brief -f - .
        olbuild build -t me/assistant --test --junit report.xml .
    """
    from olbuild.api import building
    from olbuild.api.arguments import read_arguments

    names = tuple(tags or ())
    request = building.read_request(Path(context), file, standard_input("the Modelfile") if file == "-" else b"")
    request = replace(
        request,
        dialect=cast("Dialect", dialect),
        profile=cast("Profile", profile),
        link=link,
        pull=cast("Literal['missing', 'always', 'never']", pull),
        use_cache=not no_cache,
        arguments=read_arguments(build_args or (), Path(build_arg_file) if build_arg_file is not None else None),
        target=target,
    )
    if show == "modelfile":
        session.write(building.print_modelfile(request).removesuffix("\n"))
        return
    if show is not None:
        _print_plan(session, request, show)
        return
    if metadata_file is not None and not Path(metadata_file).absolute().parent.is_dir():
        raise UsageError(f"there is no folder for {metadata_file}")
    _check_report(junit, run_tests)
    built = building.build(session.workspace, request, names, test=run_tests)
    if built.tested is not None:
        _report_tests(session, built.tested, junit)
    if metadata_file is not None:
        _write_metadata(Path(metadata_file), built)
    session.say(_summary(built))
    session.write(str(built.descriptor.digest))


def _print_plan(session: Session, request: BuildRequest, form: str) -> None:
    from olbuild.api.building import plan
    from olbuild.building.plan.render import to_json, to_text

    planned = plan(session.workspace, request)
    if form == "json":
        session.write_json(to_json(planned.plan, planned.forecasts))
    else:
        session.write_lines(to_text(planned.plan, planned.forecasts).splitlines())


def _summary(built: BuildResult) -> str:
    done = "unchanged" if built.cached else "built"
    return f"{done}: {', '.join(built.names)}" if built.names else f"{done}, without a name"


def _check_report(junit: str | None, run_tests: bool) -> None:
    """Refuse a report that could not be written, before anything is built."""
    from olbuild.cli.trials import require_folder_of

    if junit is not None and not run_tests:
        raise UsageError("--junit is a report about tests, and they are not run", hint="say --test too")
    require_folder_of(junit)


def _report_tests(session: Session, tested: Trials, junit: str | None) -> None:
    """Show what came of the tests on standard error, because standard output has the digest.

    Raises:
        OlbuildError: if one failed.
    """
    from olbuild.cli.trials import lines_of_tests, summary, write_junit

    if junit is not None:
        write_junit(junit, tested)
    session.say("\n".join([*lines_of_tests(tested, None), summary(tested)]))
    if not tested.passed:
        raise OlbuildError(
            f"{len(tested.failed)} of {len(tested.outcomes)} tests failed, and nothing was tagged",
            hint=f"until the next prune it is there without a name: olbuild run {tested.digest}",
        )


def _write_metadata(path: Path, built: BuildResult) -> None:
    import json

    descriptor = built.descriptor
    document = {
        "digest": str(descriptor.digest),
        "mediaType": str(descriptor.media_type),
        "size": descriptor.size,
        "names": list(built.names),
        "cached": built.cached,
    }
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
