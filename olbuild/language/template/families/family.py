"""What a family is: one way to write a conversation down, which many models share."""

from __future__ import annotations

from functools import lru_cache

from olbuild.core.records import Frozen
from olbuild.core.resources import resource
from olbuild.language.template.syntax.parse import GoTemplate, parse_template

_FOLDER = "olbuild/language/template/families"


class Family(Frozen, kw_only=True):
    """A format that models were trained on, with a Go template of our own for it: ``library/NAME.gotmpl``.

    ``source`` says who publishes the format. ``mark`` stands in its prompt for a single question, so that one without
    it is of another family. ``stops`` are texts that end an answer; the template prints each. ``bos`` and ``eos`` are
    the tokens that its models have there, for Jinja templates whose model is not at hand. ``tokens`` are those that
    a vocabulary made for the family has, none if its turns begin with plain text; ``architectures`` are those of GGUF
    files that are most likely of this family if they have these tokens, and no template.
    """

    name: str
    source: str
    mark: str
    stops: tuple[str, ...]
    bos: str = ""
    eos: str = ""
    tokens: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """The text of the template."""
        return template_text(f"library/{self.name}")

    @property
    def parsed(self) -> GoTemplate:
        """The template, parsed once."""
        return _parsed(self.name)


@lru_cache(maxsize=128)
def template_text(name: str) -> str:
    """Return the text of a template that travels with the code, to the last newline."""
    return resource(f"{_FOLDER}/{name}.gotmpl").read_bytes().decode()


@lru_cache(maxsize=128)
def _parsed(name: str) -> GoTemplate:
    return parse_template(template_text(f"library/{name}"), name)
