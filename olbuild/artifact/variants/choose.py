"""Which variant to take: the one that is asked for, else the best that fits the machine. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.artifact.variants.model import Variant
from olbuild.core.errors import NotFoundError
from olbuild.core.records import Frozen

_SHARE = (3, 4)  # of the memory; the rest is for the system and whatever else runs


class Choice(Frozen, kw_only=True):
    """A variant, and how it was chosen. ``allowed`` are the bytes it may take, ``None`` if that is not known."""

    variant: Variant
    asked: bool
    allowed: int | None

    @property
    def fits(self) -> bool:
        """Whether it takes no more memory than it may."""
        return self.allowed is None or self.variant.memory <= self.allowed


def choose(variants: Sequence[Variant], memory: int | None, wanted: str | None = None) -> Choice:
    """Choose a variant (registry-spec, "Choosing a variant").

    Args:
        variants: those of an index, in its order.
        memory: of the machine, in bytes; ``None`` if it is not known.
        wanted: name or quantisation of the variant that is asked for, whatever the case.

    Raises:
        NotFoundError: if no variant is called so, or several have that quantisation.
    """
    allowed = None if memory is None else memory * _SHARE[0] // _SHARE[1]
    if wanted is not None:
        return Choice(variant=_named(variants, wanted), asked=True, allowed=allowed)
    fitting = [variant for variant in variants if allowed is None or variant.memory <= allowed]
    # Of those that fit the largest is the best; where none does, the smallest is the least bad.
    best = max(fitting, key=_quality) if fitting else min(variants, key=_quality)
    return Choice(variant=best, asked=False, allowed=allowed)


def _quality(variant: Variant) -> tuple[int, int]:
    return (variant.size, variant.memory)


def _named(variants: Sequence[Variant], wanted: str) -> Variant:
    key = wanted.casefold()
    for variant in variants:
        if variant.name.casefold() == key:
            return variant
    same = [variant for variant in variants if (variant.quantization or "").casefold() == key]
    if len(same) == 1:
        return same[0]
    listed = ", ".join(variant.name for variant in variants)
    what = f"there are {len(same)} variants with the quantisation" if same else "there is no variant"
    raise NotFoundError(f"{what} {wanted[:100]}", hint=f"the variants are {listed}")
