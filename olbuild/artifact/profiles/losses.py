"""What is said when a format cannot carry a part of a bundle: one sentence for each part, the same for every format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from olbuild.artifact.bundle import Bundle

Part: TypeAlias = Literal[
    "projectors",
    "adapters",
    "drafts",
    "template",
    "system",
    "parameters",
    "messages",
    "tests",
    "licenses",
    "renderer",
    "parser",
    "requires",
    "labels",
    "base",
    "created",
    "extras",
]
"""A field of a bundle that some format has no place for."""

_MOST_NAMES = 10


def left_out(bundle: Bundle, parts: Collection[Part]) -> tuple[str, ...]:
    """Say which of some parts a bundle has, in the order of ``Part``: ``the system text is left out``."""
    return tuple(
        f"{sentence} left out"
        for part, describe in _SENTENCES.items()
        if part in parts and (sentence := describe(bundle)) is not None
    )


def names(values: Iterable[str]) -> str:
    """Join names for a message; of many, the first ones."""
    ordered = sorted(values)
    more = f" and {len(ordered) - _MOST_NAMES} more" if len(ordered) > _MOST_NAMES else ""
    return ", ".join(value[:60] for value in ordered[:_MOST_NAMES]) + more


def _count(values: Collection[object], noun: str) -> str | None:
    if not values:
        return None
    return f"the {noun} is" if len(values) == 1 else f"{len(values)} {noun}s are"


def _named(values: Iterable[str], noun: str) -> str | None:
    found = [*values]
    if not found:
        return None
    return f"the {noun}{' ' if len(found) == 1 else 's '}{names(found)} {'is' if len(found) == 1 else 'are'}"


def _one(value: object, noun: str) -> str | None:
    return f"the {noun} is" if value else None


def _extras(bundle: Bundle) -> Iterator[str]:
    return (extra.path or extra.descriptor.digest.short for extra in bundle.extras)


_SENTENCES: Mapping[Part, Callable[[Bundle], str | None]] = MappingProxyType(
    {
        "projectors": lambda bundle: _count(bundle.projectors, "projector"),
        "adapters": lambda bundle: _count(bundle.adapters, "adapter"),
        "drafts": lambda bundle: _one(bundle.drafts, "draft model"),
        "template": lambda bundle: _one(bundle.template and bundle.template.text, "template"),
        "system": lambda bundle: _one(bundle.system, "system text"),
        "parameters": lambda bundle: _named(bundle.parameters, "parameter"),
        "messages": lambda bundle: _count(bundle.messages, "message"),
        "tests": lambda bundle: _count(bundle.tests, "test"),
        "licenses": lambda bundle: _count(bundle.licenses, "licence"),
        "renderer": lambda bundle: _one(bundle.renderer, "name of the renderer"),
        "parser": lambda bundle: _one(bundle.parser, "name of the parser"),
        "requires": lambda bundle: _one(bundle.requires, "required version"),
        "labels": lambda bundle: _named(bundle.labels, "label"),
        "base": lambda bundle: _one(bundle.base, "name of the base"),
        "created": lambda bundle: _one(bundle.created, "time of creation"),
        "extras": lambda bundle: _named(_extras(bundle), "file"),
    }
)
