"""The report of ``olbuild doctor`` as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

if TYPE_CHECKING:
    from olbuild.api.doctor import ModelFinding, Report
    from olbuild.running.placement import Usage


def document_of(report: Report) -> dict[str, object]:
    """Return a report as JSON; sizes in bytes."""
    machine, engine = report.machine, report.engine
    return {
        "usable": report.usable,
        "engine": {
            "version": engine.version or None,
            "folder": None if engine.folder is None else str(engine.folder),
            "built_for": list(engine.built_for),
            "features": {backend: dict(features) for backend, features in engine.features.items()},
        },
        "devices": [asdict(device) for device in machine.devices],
        "graphics": [asdict(each) for each in report.graphics],
        "processors": {**asdict(machine.cores), "threads": machine.cores.threads},
        "memory": {"total": machine.memory, "free": machine.free},
        "home": str(report.home),
        "model": None if report.model is None else _model(report.model),
        "findings": [asdict(finding) for finding in report.findings],
    }


def _model(model: ModelFinding) -> dict[str, object]:
    plan = model.plan
    return {
        "name": model.name,
        "architecture": model.architecture,
        "size": model.size,
        "layers": model.layers,
        "trained_context": model.trained_context,
        "placements": [] if plan is None else [asdict(placement) for placement in plan.placements],
        "prediction": None if plan is None else _usage(plan.prediction),
        "needed": None if plan is None else _usage(plan.needed),
        "reasons": [] if plan is None else list(plan.reasons),
    }


def _usage(usage: Usage) -> dict[str, object]:
    return {"total": usage.total, "gpu": usage.gpu, "devices": [asdict(share) for share in usage.shares]}
