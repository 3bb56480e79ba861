"""From a bundle in the store to a model in memory, in the place that suits this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle, ParameterValue
from olbuild.core.events import Said
from olbuild.running.devices.machine import this_machine
from olbuild.running.memory import plan
from olbuild.running.planning import as_set, shape_of, wishes_of
from olbuild.running.session.loading import load

if TYPE_CHECKING:
    from olbuild.running.session.model import Model


def load_placed(
    workspace: Workspace, bundle: Bundle, name: str, options: Mapping[str, ParameterValue], *, parallel: int
) -> Model:
    """Plan where a model goes, say what that costs it, and load it.

    Args:
        workspace: settings and listener.
        bundle: the model, with weights that are GGUF.
        name: what messages call it.
        options: parameters that win over the bundle's.
        parallel: how many requests are worked on at once, each with a whole context if there is memory for that.

    Raises:
        EngineError, ResourceError, UsageError, FormatError: as ``olbuild.running.session.loading.load``.
    """
    wishes = as_set(wishes_of(bundle, options, parallel=parallel), workspace.config)
    planned = plan(shape_of(bundle, name), wishes, this_machine())
    for loss in planned.losses:
        workspace.emit(Said(text=loss, level="warning"))
    return load(bundle, options=options, placement=planned.placement.growing(), emit=workspace.emit)
