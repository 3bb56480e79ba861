"""plan and build."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import field

from olbuild.api.labels import labelled
from olbuild.api.library import OllamaLibrary
from olbuild.api.modelfiles import read_modelfile
from olbuild.api.naming import name_warnings
from olbuild.api.targets import open_repository
from olbuild.api.workspace import Workspace
from olbuild.api.writing import VERSIONS, Profile, writer
from olbuild.building.executor import Executor
from olbuild.building.plan import Plan, make_plan
from olbuild.building.plan.render import Forecast
from olbuild.building.sources.artifacts import PullPolicy
from olbuild.building.sources.disk import Inside
from olbuild.building.sources.resolve import Resolver
from olbuild.core.content import Descriptor
from olbuild.core.errors import OlbuildError, UsageError
from olbuild.core.events import Said
from olbuild.core.names import local_name
from olbuild.core.records import Frozen
from olbuild.language.modelfile import Dialect, Elaborated, elaborate
from olbuild.storage.store import Lease

if TYPE_CHECKING:
    from olbuild.api.trials import Trials

_SECONDS = re.compile(r"[0-9]{1,11}")  # up to the year 5138


class BuildRequest(Frozen, kw_only=True):
    """What to build.

    ``data`` are the bytes of the Modelfile, ``name`` is how messages call it, and relative paths in it are relative to
    ``folder``. ``arguments`` are values for ARG by their names, ``target`` is the stage to build if it is not the last
    one. ``created`` is an RFC 3339 time (see ``source_date``), ``profile`` the format of the artifact. ``labels`` are
    added to those of the Modelfile, and win; ``variant`` is what to take where FROM names an index of variants.
    """

    data: bytes
    name: str
    folder: Path
    dialect: Dialect = "olbuild"
    arguments: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    link: bool = False
    pull: PullPolicy = "missing"
    use_cache: bool = True
    created: str | None = None
    profile: Profile = "modelpack"
    labels: Mapping[str, str] = field(default_factory=dict)
    variant: str | None = None


class Planned(Frozen, kw_only=True):
    """A plan, and for each step what would happen with it."""

    plan: Plan
    forecasts: dict[str, Forecast]


class BuildResult(Frozen, kw_only=True):
    """An artifact in the store and its names. ``cached`` says that nothing had to be done.

    ``tested`` is what came of its tests, if they were run. If one failed there are no names.
    """

    descriptor: Descriptor
    names: tuple[str, ...]
    cached: bool
    tested: Trials | None = None


def read_request(context: Path, file: str | None = None, stdin: bytes = b"") -> BuildRequest:
    """Find and read a Modelfile.

    Args:
        context: a folder that holds ``Modelfile``, or a Modelfile itself.
        file: the Modelfile, if it is another one; ``-`` is standard input, whose paths are relative to ``context``.
        stdin: what standard input holds.

    Raises:
        NotFoundError: if there is no such file.
        UsageError: if it is no file, or larger than a Modelfile can be.
    """
    created = source_date(os.environ)
    if file == "-":
        return BuildRequest(data=stdin, name="standard input", folder=context.absolute(), created=created)
    path = Path(file) if file is not None else context / "Modelfile" if not context.is_file() else context
    if path.is_dir():
        raise UsageError(f"{path} is a folder, and a Modelfile is needed", hint=f"try: olbuild build {path}")
    data = read_modelfile(path, "name another one with -f FILE")
    return BuildRequest(data=data, name=str(path), folder=path.absolute().parent, created=created)


def source_date(environment: Mapping[str, str]) -> str | None:
    """Return ``SOURCE_DATE_EPOCH`` (reproducible-builds.org) as an RFC 3339 time.

    Raises:
        UsageError: if it is no number of seconds.
    """
    text = environment.get("SOURCE_DATE_EPOCH")
    if not text:
        return None
    if not _SECONDS.fullmatch(text):
        raise UsageError(f"SOURCE_DATE_EPOCH={text!r} is not a number of seconds since 1970")
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def inputs(request: BuildRequest) -> tuple[str, ...]:
    """Return what FROM names in all stages, as written; nothing if the Modelfile is wrong."""
    try:
        stages = read(request).stages
    except OlbuildError:
        return ()  # whoever builds it says what is wrong
    return tuple(each.model for stage in stages for each in stage.froms)


def read(request: BuildRequest) -> Elaborated:
    """Read a Modelfile and all that it includes. Nothing is looked up yet.

    Raises:
        ModelfileError: if the Modelfile, or a file that it includes, is wrong.
        UsageError: if an argument is not declared, or there is no such stage.
    """
    return elaborate(
        request.data,
        Inside(request.folder),
        name=request.name,
        dialect=request.dialect,
        given=request.arguments,
        target=request.target,
    )


def print_modelfile(request: BuildRequest) -> str:
    """Return a Modelfile in plain Ollama: arguments, includes, files and stages written out.

    Raises:
        ModelfileError: if it is wrong, or says what Ollama's language cannot say.
        UsageError: as ``read``.
    """
    from olbuild.language.modelfile.lower import lower  # noqa: PLC0415 - for few builds

    return lower(read(request).lines)


def plan(workspace: Workspace, request: BuildRequest) -> Planned:
    """Make the plan of a build, without building.

    Raises:
        ModelfileError: if the Modelfile is wrong.
        NotFoundError, FormatError, RegistryError: if an input cannot be resolved.
    """
    made, executor = prepare(workspace, request)
    return Planned(plan=made, forecasts=executor.forecast(made))


def build(
    workspace: Workspace,
    request: BuildRequest,
    names: tuple[str, ...] = (),
    *,
    lease: Lease | None = None,
    test: bool = False,
) -> BuildResult:
    """Build an artifact and name it. Without names it stays in the store until the next ``prune``.

    Args:
        workspace: settings, listener and store.
        request: what to build.
        names: what to call it.
        lease: protects the result for longer than this call.
        test: whether its tests are run before it is named. If one fails it is not named, which is no error: see
            ``tested`` of the result.

    Raises:
        UsageError: if a name is no name; nothing is built then.
        EngineError: if tests shall be run and there is no engine (nothing is built then), or it fails.
        ModelfileError: if the Modelfile is wrong.
        NotFoundError, FormatError, RegistryError, IntegrityError, ResourceError, StoreError: as the build fails;
            nothing is named then.
    """
    names = tuple(dict.fromkeys(local_name(name) for name in names))
    if test:
        from olbuild.api.trials import require_engine, run_tests_of  # noqa: PLC0415 - the engine, for few builds

        require_engine()
    with nullcontext(lease) if lease is not None else workspace.store.lease("build") as held:
        made, executor = prepare(workspace, request)
        built = executor.run(made, held)
        tested = None
        if test:
            called = names[0] if names else str(built.descriptor.digest)
            opened = workspace.opener.open(built.descriptor, called, held)
            tested = run_tests_of(workspace, opened, called)
            names = names if tested.passed else ()
        for name in names:
            workspace.store.tag(built.descriptor, name)
    return BuildResult(descriptor=built.descriptor, names=names, cached=built.cached, tested=tested)


def prepare(workspace: Workspace, request: BuildRequest) -> tuple[Plan, Executor]:
    """Make the plan of a build, and what executes it.

    Raises:
        ModelfileError: if the Modelfile is wrong.
        UsageError: if a label cannot be one.
        NotFoundError, FormatError, RegistryError: if an input cannot be resolved.
    """
    elaborated = read(request)
    for diagnostic in (*elaborated.warnings, *name_warnings(elaborated.stages, lenient=request.profile == "ollama")):
        workspace.emit(Said(text=diagnostic.render(), level="warning"))
    resolver = Resolver(
        store=workspace.store,
        cache=workspace.cache,
        emit=workspace.emit,
        open_registry=lambda reference: open_repository(workspace, reference),
        library=OllamaLibrary(workspace),
        pull=request.pull,
        use_cache=request.use_cache,
        variant=request.variant,
    )
    resolved = resolver.resolve(elaborated.stages, request.folder, request.created, request.dialect)
    made = make_plan(labelled(resolved, request.labels), VERSIONS[request.profile])
    executor = Executor(
        workspace.store,
        workspace.cache,
        workspace.emit,
        resolver.artifacts.open,
        link=request.link,
        write=writer(workspace, request.profile),
    )
    return made, executor
