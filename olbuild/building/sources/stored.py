"""Names of the local store, as people write them."""

from __future__ import annotations

from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.names import OllamaName, local_name
from olbuild.storage.store import Store


def resolve_stored(store: Store, text: str) -> tuple[str, Descriptor]:
    """Return the name of an artifact in the store and its root. ``library/x`` is ``x`` too, as in Ollama.

    Raises:
        NotFoundError: if the store has no such artifact.
        UsageError: if the text is no name.
    """
    name = local_name(text)
    try:
        return name, store.resolve(name)
    except NotFoundError:
        try:
            short = OllamaName.parse(text).short
        except UsageError:
            short = name
        if short == name:
            raise
        return short, store.resolve(short)
