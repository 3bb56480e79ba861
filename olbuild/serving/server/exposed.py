"""The server as it can be shown to others: with keys, and with health, metrics, logs and traces."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import ASGIApp

from olbuild.core.records import replace
from olbuild.serving.server.access import Keyring, key_layer
from olbuild.serving.server.app import APIS, make_app, shape_of
from olbuild.serving.server.context import Context
from olbuild.serving.server.identity import identity_layer
from olbuild.serving.server.telemetry.access_log import access_layer
from olbuild.serving.server.telemetry.health import Health
from olbuild.serving.server.telemetry.metrics import Metrics
from olbuild.serving.server.telemetry.observed import ObservedManager
from olbuild.serving.server.telemetry.tracing import NoTracer, Tracer


@dataclass(frozen=True, slots=True)
class Exposed:
    """An application, the context that its handlers share, and what says how it is."""

    app: ASGIApp
    context: Context
    health: Health = field(repr=False)


def expose(context: Context, *, keyring: Keyring | None = None, tracer: Tracer | None = None) -> Exposed:
    """Put the whole server together; without keys everybody may ask."""
    metrics, tracer = Metrics(), tracer or NoTracer()
    health = Health(metrics)
    watched = replace(context, manager=ObservedManager(context.manager, metrics, tracer))
    around = (identity_layer, access_layer((*APIS, health.api), metrics, tracer))
    within = (key_layer(keyring, shape_of),) if keyring is not None else ()
    return Exposed(app=make_app(watched, around, within, (health.api,)), context=watched, health=health)
