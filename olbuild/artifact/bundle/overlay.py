"""Inheritance: what a model says on top of the model it is built from (registry-spec, "Inheritance")."""

from __future__ import annotations

from olbuild.artifact.bundle.model import Bundle, Extra, Metadata, Test
from olbuild.core.records import replace


def overlay(base: Bundle, child: Bundle) -> Bundle:
    """Return the child with everything that it does not say taken from the base.

    The rules are Ollama's (``server/create.go``), made exact: a text that is empty says nothing, so that it cannot
    take away what the base has; ``UNSET`` does that, before this function is called. ``base.base`` names the artifact
    that the base itself was read from, unless the child says so.
    """
    return Bundle(
        weights=child.weights or base.weights,
        projectors=base.projectors + child.projectors,
        adapters=base.adapters + child.adapters,
        drafts=child.drafts or base.drafts,
        template=child.template if child.template is not None and child.template.text else base.template,
        system=child.system or base.system,
        parameters={**base.parameters, **child.parameters},
        messages=child.messages or base.messages,
        tests=_tests(base.tests, child.tests),
        licenses=tuple(dict.fromkeys(base.licenses + child.licenses)),
        renderer=child.renderer or base.renderer,
        parser=child.parser or base.parser,
        requires=child.requires or base.requires,
        metadata=_metadata(base, child),
        base=child.base or base.base,
        created=child.created,
        labels={**base.labels, **child.labels},
        extras=_extras(base.extras, child.extras),
    )


def _metadata(base: Bundle, child: Bundle) -> Metadata:
    """Describe the weights that win; a projector of either side lets the model see or hear."""
    metadata, other = (child.metadata, base.metadata) if child.weights else (base.metadata, child.metadata)
    inherits = not child.weights or bool(base.projectors)
    return replace(
        metadata,
        vision=metadata.vision or (inherits and other.vision),
        audio=metadata.audio or (inherits and other.audio),
    )


def _extras(base: tuple[Extra, ...], child: tuple[Extra, ...]) -> tuple[Extra, ...]:
    replaced = {extra.path.casefold() for extra in child if extra.path}
    return (*(extra for extra in base if (extra.path or "").casefold() not in replaced), *child)


def _tests(base: tuple[Test, ...], child: tuple[Test, ...]) -> tuple[Test, ...]:
    replaced = {test.name for test in child if test.name}
    return (*(test for test in base if test.name not in replaced), *child)
