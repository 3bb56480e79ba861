"""Labels that the command line adds to those of a Modelfile."""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.building.plan import Inputs
from olbuild.core.errors import UsageError
from olbuild.core.records import replace
from olbuild.language.modelfile import Label
from olbuild.language.modelfile.spell import spell


def labelled(resolved: Inputs, labels: Mapping[str, str]) -> Inputs:
    """Let the last stage say labels.

    Raises:
        UsageError: if one of them cannot be a label.
    """
    if not labels:
        return resolved
    for key in labels:
        if spell(f"LABEL {key}=", "x", Label, {"key": key, "value": "x"}) is None:
            raise UsageError(f"{key[:100]!r} cannot be the key of a label", hint="write one as in com.example.team=a")
    *before, last = resolved.stages
    content = replace(last.content, labels={**last.content.labels, **labels})
    return replace(resolved, stages=(*before, replace(last, content=content)))
