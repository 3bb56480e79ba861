"""Templates of olbuild's own, for a model that brings none: by the name of its RENDERER, or by its vocabulary."""

from __future__ import annotations

from collections.abc import Callable

from olbuild.artifact.bundle import Bundle, Template
from olbuild.running.chat.choice import Families


def renderer(name: str) -> Template | None:
    """Return the template of a renderer, or ``None`` if it is known and not yet written.

    Raises:
        NotFoundError: if there is no renderer of this name.
    """
    from olbuild.language.template.families import renderer_template  # noqa: PLC0415 - few models have one

    text = renderer_template(name)
    return None if text is None else Template(text=text, language="go")


def families(has_token: Callable[[str], bool]) -> Families:
    """Return what gives the Jinja template of the family that a vocabulary speaks for, if it speaks for one.

    Args:
        has_token: whether a text is one token of the model.
    """

    def usual(architecture: str) -> str | None:
        from olbuild.language.template import compile_template  # noqa: PLC0415 - most models bring a template
        from olbuild.language.template.families import family_default  # noqa: PLC0415

        found = family_default(architecture, has_token)
        return None if found is None else compile_template(found.parsed).jinja

    return usual


def name_notes(bundle: Bundle) -> list[str]:
    """Return what of a model's RENDERER and PARSER has no effect, in words."""
    if not (bundle.renderer or bundle.parser):
        return []
    from olbuild.language.template.families import PARSERS, WRITTEN_RENDERERS  # noqa: PLC0415

    notes = []
    own = bundle.template is not None and bool(bundle.template.text)
    if bundle.renderer and bundle.renderer not in WRITTEN_RENDERERS and not own:
        notes.append(f"RENDERER {bundle.renderer} is not there yet: the template of the weights is used")
    if bundle.parser and bundle.parser not in PARSERS:
        notes.append(f"PARSER {bundle.parser} is not known: the template tells how answers are read")
    return notes
