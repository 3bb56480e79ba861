"""Which family a model without a template is most likely of. It is a guess, and whoever uses it says so."""

from __future__ import annotations

from collections.abc import Callable

from olbuild.language.template.families.family import Family
from olbuild.language.template.families.library import FAMILIES, family

# The formats that many architectures share, the more telling tokens first.
_SHARED = (
    *("llama3", "llama4", "phi4", "command-r", "gemma", "granite3", "harmony", "exaone3", "glm4", "deepseek-v3"),
    *("mistral-v7-tekken", "mistral-v3", "openchat", "phi3", "chatml"),
)


def family_default(architecture: str, has_token: Callable[[str], bool]) -> Family | None:
    """Return the family of a model whose GGUF brings no template, or None if nothing speaks for one.

    The vocabulary decides: a model that has never seen ``<|im_start|>`` as one token was not trained on ChatML. The
    architecture only chooses between families whose tokens are all there. One such as ``llama`` says nothing, it is
    that of a hundred models; and formats of plain text leave no trace in a vocabulary. For these there is no default:
    continuing the text as it is harms a model less than turns that it does not know. Vocabularies of base models often
    hold the tokens of the models that were tuned from them.
    """
    for each in FAMILIES:
        if architecture in each.architectures and _speaks(each, has_token):
            return each
    return next((each for name in _SHARED if _speaks(each := family(name), has_token)), None)


def _speaks(each: Family, has_token: Callable[[str], bool]) -> bool:
    return bool(each.tokens) and all(has_token(token) for token in each.tokens)
