"""What a model says on top of its base: the inverse of inheritance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from olbuild.artifact.bundle.model import Bundle
from olbuild.artifact.bundle.overlay import overlay
from olbuild.artifact.bundle.removal import Removal, without
from olbuild.core.names import Part
from olbuild.core.records import replace

_Item = TypeVar("_Item")


def subtract(whole: Bundle, base: Bundle) -> tuple[Bundle, tuple[Removal, ...]] | None:
    """Return what a model says itself, and what it takes away from its base; ``None`` if it cannot come from there.

    For what is returned, ``overlay(without(base, removals), own)`` is the model again, apart from where it says that it
    comes from, the time of its creation, and what its weights say about themselves.
    """
    taken = _Taken()
    own = Bundle(
        weights=() if whole.weights == base.weights else whole.weights,
        projectors=taken.added(whole.projectors, base.projectors, None),
        adapters=taken.added(whole.adapters, base.adapters, "ADAPTER"),
        drafts=taken.replaced(whole.drafts, base.drafts, "DRAFT"),
        template=taken.said(whole.template, base.template, "TEMPLATE"),
        system=taken.said(whole.system, base.system, "SYSTEM"),
        parameters=taken.entries(whole.parameters, base.parameters, "PARAMETER"),
        messages=taken.replaced(whole.messages, base.messages, "MESSAGE"),
        tests=taken.added(whole.tests, base.tests, "TEST"),
        licenses=taken.added(whole.licenses, base.licenses, "LICENSE"),
        renderer=taken.said(whole.renderer, base.renderer, "RENDERER"),
        parser=taken.said(whole.parser, base.parser, "PARSER"),
        requires=taken.said(whole.requires, base.requires, "REQUIRES"),
        labels=taken.entries(whole.labels, base.labels, "LABEL"),
    )
    removals = tuple(taken.removals)
    again = overlay(without(base, removals), own)
    same = replace(again, metadata=whole.metadata, base=whole.base, created=whole.created) == whole
    return (own, removals) if same and not own.weights else None


class _Taken:
    """What is taken away, gathered while parts are compared."""

    def __init__(self) -> None:
        self.removals: list[Removal] = []

    def said(self, whole: _Item | None, base: _Item | None, part: Part) -> _Item | None:
        """Compare what a model has one of."""
        if whole is None and base is not None:
            self.removals.append(Removal(part=part))
        return None if whole == base else whole

    def replaced(self, whole: tuple[_Item, ...], base: tuple[_Item, ...], part: Part) -> tuple[_Item, ...]:
        """Compare lists of which the model's own takes the place of the base's."""
        if base and not whole:
            self.removals.append(Removal(part=part))
        return () if whole == base else whole

    def added(self, whole: Sequence[_Item], base: Sequence[_Item], part: Part | None) -> tuple[_Item, ...]:
        """Compare lists that are added to the base's."""
        if tuple(whole[: len(base)]) == tuple(base):
            return tuple(whole[len(base) :])
        if part is not None:
            self.removals.append(Removal(part=part))
        return tuple(whole)

    def entries(self, whole: Mapping[str, _Item], base: Mapping[str, _Item], part: Part) -> dict[str, _Item]:
        """Compare values by their names."""
        self.removals += [Removal(part=part, name=name) for name in base if name not in whole]
        return {name: value for name, value in whole.items() if name not in base or base[name] != value}
