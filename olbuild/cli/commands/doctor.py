"""``olbuild doctor``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli import units
from olbuild.cli.columns import pairs, table
from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Json, PlainHttp
from olbuild.cli.session import Session
from olbuild.cli.streams import write_line
from olbuild.cli.terminal import paint, wants_colour
from olbuild.core.errors import ExitCode

if TYPE_CHECKING:
    from olbuild.api.doctor import Finding, ModelFinding, Report
    from olbuild.running.memory import Plan

_MARKS = {"good": ("ok", "green"), "note": ("note", "yellow"), "bad": ("problem", "red")}


def doctor(
    session: Session,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A name, HOST/NAME, or the path of a GGUF file.", show_default=False),
    ] = None,
    *,
    context: Annotated[int, typer.Option(metavar="TOKENS", help="A context other than the model's. 0: its own.")] = 0,
    parallel: Annotated[int, typer.Option(metavar="COUNT", help="So many requests at once.")] = 1,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 1 for whatever can be mended, such as an idle graphics processor."),
    ] = False,
    json: Json = False,
    plain_http: PlainHttp = False,
) -> None:
    """Show what the engine can use on this machine, what a model would use and why, and what is in the way.

    Of a model only its header is read, in a registry too; nothing is loaded. The exit code is 1 if there is a problem.

    Examples:
        olbuild doctor
        olbuild doctor me/assistant
        olbuild doctor --context 8192 --parallel 4 --json me/assistant
    """
    from olbuild.api.doctor import examine
    from olbuild.cli.examined import document_of
    from olbuild.running.memory import Wishes

    if plain_http and name is not None:
        allow_plain_http(session, name)
    wishes = Wishes(context=context, parallel=parallel) if context > 0 or parallel != 1 else None
    report = examine(session.workspace, name, wishes)
    if json:
        session.write_json(document_of(report))
    else:
        _write(session, report)
    if not (report.spotless if strict else report.usable):
        raise typer.Exit(ExitCode.FAILED)


def _write(session: Session, report: Report) -> None:
    session.write_lines(pairs(_engine(report), session.width))
    session.write("")
    devices = [
        (each.name, each.backend, _memory(each.free), _memory(each.total), each.description)
        for each in report.machine.devices
        if each.kind != "cpu"
    ]
    cpu = next((each.description for each in report.machine.devices if each.kind == "cpu"), "")
    devices.append(("CPU", "CPU", _memory(report.machine.free), _memory(report.machine.memory), cpu))
    session.write_lines(table(("DEVICE", "BACKEND", "FREE", "MEMORY", "DESCRIPTION"), devices, session.width))
    if report.model is not None:
        session.write("")
        session.write_lines(pairs(_model(report.model), session.width))
        if report.model.plan is not None:
            session.write("")
            session.write_lines(table(_USES, _uses(report.model.plan), session.width))
    session.write("")
    for finding in report.findings:
        _write_finding(session, finding)


def _write_finding(session: Session, finding: Finding) -> None:
    word, style = _MARKS[finding.level]
    colour = wants_colour(sys.stdout)
    label = max(len(each) for each, _ in _MARKS.values())
    first, *more = pairs([(word.ljust(label), finding.text)], session.width)
    if finding.remedy:
        more += pairs([(" " * label, finding.remedy)], session.width)
    session.settle()
    for line in (paint(word, style, colour) + first.removeprefix(word), *more):
        write_line(sys.stdout, line)


def _engine(report: Report) -> list[tuple[str, str]]:
    engine, cores = report.engine, report.machine.cores
    quota = "" if cores.quota is None else f", {cores.quota:g} granted by the control group"
    return [
        ("Engine", f"llama-cpp-python {engine.version}" if engine.version else "none"),
        ("Built for", ", ".join(("CPU", *engine.built_for)) if engine.features else "-"),
        ("Processor", f"{cores.physical} cores, {cores.logical} processors{quota}; {cores.threads} threads compute"),
        ("Abilities used", ", ".join(sorted(report.machine.features)) or "-"),
        ("Graphics", ", ".join(each.name for each in report.graphics) or "none"),
    ]


def _model(model: ModelFinding) -> list[tuple[str, str]]:
    rows = [
        ("Model", model.name),
        ("Architecture", f"{model.architecture}, {model.layers} layers, {units.size(model.size)}"),
        ("Trained with", f"{model.trained_context:,} tokens" if model.trained_context else "-"),
    ]
    if model.plan is None:
        return rows
    placement = model.plan.placement
    where = " and ".join(each for one in model.plan.placements for each in one.devices) or "CPU"
    layers = min(placement.gpu_layers, model.layers + 1)
    rows += [
        ("Layers", f"{layers} of {model.layers + 1} on {where}" if placement.devices else "all on the processor"),
        ("Context", f"{placement.context:,} tokens, {placement.parallel} at once, {placement.cells:,} kept in all"),
        ("Cache", f"keys {placement.cache_k}, values {placement.cache_v}"),
        ("Threads", str(placement.threads)),
        ("Memory", f"{units.size(model.plan.prediction.total)} predicted"),
    ]
    return [*rows, *(("Why", reason) for reason in model.plan.reasons)]


_USES = ("USES", "WEIGHTS", "CACHE", "COMPUTE", "IN ALL")


def _uses(plan: Plan) -> list[tuple[str, ...]]:
    return [
        (share.device, *map(units.size, (share.weights, share.cache, share.compute, share.total)))
        for share in plan.prediction.shares
    ]


def _memory(size: int | None) -> str:
    return units.size(size) if size else "-"
