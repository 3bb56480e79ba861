"""Which template a model is given: the rule, and nothing but the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from olbuild.artifact.bundle import Template
from olbuild.core.records import Frozen

Origin = Literal["template", "renderer", "weights", "family", "nowhere"]
"""Where a template comes from: TEMPLATE (of the model, or of one that it was built on), RENDERER, the header of the
weights (``tokenizer.chat_template``), or what the models of its family use."""

Renderers: TypeAlias = Callable[[str], Template | None]
"""Gives the template of a renderer's name, or ``None`` if it has none; it may refuse a name that it does not know."""

Families: TypeAlias = Callable[[str], str | None]
"""Gives the Jinja template that the models of an architecture use, or ``None``."""


class Choice(Frozen, kw_only=True):
    """A template, where it comes from, and what a person should know about that."""

    template: Template | None
    origin: Origin
    warning: str | None = None


def choose_template(
    own: Template | None,
    *,
    renderer: str | None = None,
    weights: str | None = None,
    architecture: str | None = None,
    renderers: Renderers = lambda _name: None,
    families: Families = lambda _architecture: None,
) -> Choice:
    """Choose: the artifact's own template, else its renderer's, else the weights', else the family's, else none.

    A text that is empty is one that is not there.

    Args:
        own: the template of the artifact, in which that of its parent is already where it has none.
        renderer: the name that RENDERER gave.
        weights: the template in the header of the weights, which is Jinja.
        architecture: what the header calls the architecture.
        renderers: the templates of renderers.
        families: the templates of families.
    """
    if own is not None and own.text:
        return Choice(template=own, origin="template")
    written = renderers(renderer) if renderer else None
    if written is not None:
        return Choice(template=written, origin="renderer")
    if weights:
        return Choice(template=Template(text=weights, language="jinja"), origin="weights")
    default = families(architecture) if architecture else None
    if default:
        warning = f"the model has no chat template; the one that is usual for {architecture} is used"
        return Choice(template=Template(text=default, language="jinja"), origin="family", warning=warning)
    warning = "the model has no chat template; it continues the text as it is"
    return Choice(template=None, origin="nowhere", warning=warning)
