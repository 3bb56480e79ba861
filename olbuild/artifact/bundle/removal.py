"""UNSET: taking parts away from a model before another one is built on it (registry-spec, "Inheritance")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from olbuild.artifact.bundle.model import Bundle
from olbuild.core.names import Part
from olbuild.core.records import Frozen, replace


class Removal(Frozen, kw_only=True):
    """A part to take away. ``name`` says which parameter, label or test; without one, all of them."""

    part: Part
    name: str | None = None


def without(bundle: Bundle, removals: Iterable[Removal]) -> Bundle:
    """Return a bundle that lacks some parts. What it does not have anyway is no error."""
    for removal in removals:
        bundle = _without(bundle, removal)
    return bundle


def _without(bundle: Bundle, removal: Removal) -> Bundle:  # noqa: C901, PLR0911, PLR0912 - a case for each part
    name = removal.name
    match removal.part:
        case "PARAMETER":
            return replace(bundle, parameters={k: v for k, v in bundle.parameters.items() if name not in {None, k}})
        case "LABEL":
            return replace(bundle, labels={k: v for k, v in bundle.labels.items() if name not in {None, k}})
        case "TEST":
            return replace(bundle, tests=tuple(test for test in bundle.tests if name not in {None, test.name}))
        case "SYSTEM":
            return replace(bundle, system=None)
        case "TEMPLATE":
            return replace(bundle, template=None)
        case "ADAPTER":
            return replace(bundle, adapters=())
        case "DRAFT":
            return replace(bundle, drafts=())
        case "MESSAGE":
            return replace(bundle, messages=())
        case "LICENSE":
            return replace(bundle, licenses=())
        case "RENDERER":
            return replace(bundle, renderer=None)
        case "PARSER":
            return replace(bundle, parser=None)
        case "REQUIRES":
            return replace(bundle, requires=None)
        case _:
            assert_never(removal.part)
