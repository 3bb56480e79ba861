"""A plan for people and for programs."""

from __future__ import annotations

from typing import assert_never

from olbuild.building.plan.steps import Assemble, FetchBase, ImportFile, Plan, Quantize, Step
from olbuild.core.content.canonical import Json
from olbuild.core.records import Frozen
from olbuild.core.scale import format_scale


class Forecast(Frozen, kw_only=True):
    """What will happen with a step, and why."""

    cached: bool
    reason: str


def to_text(plan: Plan, forecasts: dict[str, Forecast]) -> str:
    """Print one line a step: number, what it does, whether it is cached and why, and the beginning of its key."""
    lines = []
    for number, step in enumerate(plan.steps, 1):
        forecast = forecasts[step.key]
        mark = "cached" if forecast.cached else "to do "
        lines.append(f"{number:2}  {step.key[:12]}  {mark}  {describe(step)} ({forecast.reason})")
    return "\n".join(lines)


def to_json(plan: Plan, forecasts: dict[str, Forecast]) -> dict[str, Json]:
    """Return the plan as a JSON document."""
    return {"steps": [_document(step, forecasts[step.key]) for step in plan.steps]}


def describe(step: Step) -> str:
    """Say in a few words what a step does."""
    match step:
        case FetchBase():
            return f"base {step.base.name} @ {step.base.descriptor.digest}"
        case ImportFile():
            scale = "" if step.scale is None else f", scale {format_scale(step.scale)}"
            return f"{step.role} {step.path} ({step.size} bytes{scale})"
        case Quantize():
            return f"weights converted to {step.type}"
        case Assemble():
            return f"artifact of profile {step.profile}"
        case _:
            assert_never(step)


def _document(step: Step, forecast: Forecast) -> dict[str, Json]:
    common: dict[str, Json] = {"key": step.key, "cached": forecast.cached, "reason": forecast.reason}
    match step:
        case FetchBase():
            base = step.base
            return {
                **common,
                "step": "base",
                "name": base.name,
                "digest": str(base.descriptor.digest),
                "origin": base.origin,
                "location": base.location,
            }
        case ImportFile():
            return {
                **common,
                "step": "import",
                "role": str(step.role),
                "path": str(step.path),
                "size": step.size,
                "digest": str(step.digest) if step.digest else None,
                **({} if step.scale is None else {"scale": step.scale}),
            }
        case Quantize():
            return {**common, "step": "quantize", "type": step.type}
        case Assemble():
            return {**common, "step": "assemble", "profile": step.profile, "inputs": list(step.inputs)}
        case _:
            assert_never(step)
