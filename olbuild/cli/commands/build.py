"""``olbuild build``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from olbuild.cli.building import labels_of, require_folder, write_metadata
from olbuild.cli.moving import allow_plain_http_of
from olbuild.cli.options import Junit, PlainHttp, Variant, is_profile, one_of
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_input
from olbuild.core.errors import OlbuildError, UsageError
from olbuild.core.records import replace

if TYPE_CHECKING:
    from olbuild.api.building import BuildRequest, BuildResult
    from olbuild.api.trials import Trials
    from olbuild.api.writing import Profile
    from olbuild.core.content import Descriptor
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
    variant: Variant = None,
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
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", "--annotation", metavar="KEY=VALUE", help="An annotation of the artifact, as LABEL."),
    ] = None,
    push: Annotated[bool, typer.Option("--push", help="Push it under its names when it is built.")] = False,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="WHERE", help="store, or straight to: registry, oci:DIR[:NAME], oci-archive:FILE."
        ),
    ] = "store",
    metadata_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write digest, sizes, names and base there, as JSON.")
    ] = None,
    run_tests: Annotated[
        bool, typer.Option("--test", help="Run the artifact's tests, and tag nothing if one fails.")
    ] = False,
    junit: Junit = None,
    plain_http: PlainHttp = False,
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
        olbuild build -t ghcr.io/me/assistant:v1 -t ghcr.io/me/assistant --push .
        olbuild build -t ghcr.io/me/assistant:v1 --output registry .
    """
    from olbuild.api import building
    from olbuild.api.arguments import read_arguments
    from olbuild.api.publishing import destinations
    from olbuild.api.transfer import push as push_artifact

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
        labels=labels_of(labels or ()),
        variant=variant,
    )
    if plain_http:
        allow_plain_http_of(session, request, *names)
    if show == "modelfile":
        session.write(building.print_modelfile(request).removesuffix("\n"))
        return
    if show is not None:
        _print_plan(session, request, show)
        return
    require_folder(metadata_file)
    _check_report(junit, run_tests)
    if output != "store":
        _build_straight(session, request, names, output, metadata_file, refused=link or run_tests or push)
        return
    if push:
        destinations(session.workspace, None, names)  # before anything is built
    built = building.build(session.workspace, request, names, test=run_tests)
    if built.tested is not None:
        _report_tests(session, built.tested, junit)
    session.say(_summary(built))
    pushed = [push_artifact(session.workspace, name) for name in built.names] if push else []
    for each in pushed:
        session.say(f"pushed to {each.name}")
    if metadata_file is not None:
        write_metadata(
            metadata_file,
            built.descriptor,
            built.names,
            profile,
            cached=built.cached,
            **_contents(session, built.descriptor),
            pushed=[{"name": each.name, "digest": str(each.descriptor.digest)} for each in pushed],
        )
    session.write(str(built.descriptor.digest))


def _build_straight(
    session: Session,
    request: BuildRequest,
    names: tuple[str, ...],
    output: str,
    metadata_file: str | None,
    *,
    refused: bool,
) -> None:
    from olbuild.api.publishing import build_to, destinations

    if refused:
        raise UsageError(
            "--link, --test and --push need the artifact in the local store, and --output builds past it",
            hint="leave --output out, and push afterwards",
        )
    places = destinations(session.workspace, None if output == "registry" else output, names)
    built = build_to(session.workspace, request, places, names[0] if names else None)
    for name in built.names:
        session.say(f"built to {name}")
    if metadata_file is not None:
        write_metadata(metadata_file, built.descriptor, built.names, request.profile, cached=False)
    session.write(str(built.descriptor.digest))


def _contents(session: Session, root: Descriptor) -> dict[str, object]:
    """Return for the metadata what an artifact consists of, and what it was built on."""
    from olbuild.api.looking import look
    from olbuild.artifact.profiles import read_bundle

    sight = look(session.workspace, str(root.digest))
    base = read_bundle(root, sight.holder.fetch).base
    layers = [each for each in sight.content() if each.digest != root.digest]
    return {
        "totalSize": root.size + sum(each.size for each in layers),
        "layers": [
            {
                "title": each.annotations.get("org.opencontainers.image.title"),
                "mediaType": each.media_type,
                "digest": str(each.digest),
                "size": each.size,
            }
            for each in layers
        ],
        "base": {"name": base.name, "digest": str(base.digest)} if base else None,
    }


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
