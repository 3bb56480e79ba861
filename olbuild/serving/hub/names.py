"""How a path of the registry and a name of the store belong together: they are the same text.

``/v2/me/assistant/manifests/v1`` is ``me/assistant:v1``, and ``/v2/ghcr.io/me/assistant/manifests/v1`` is
``ghcr.io/me/assistant:v1``. A manifest that was pushed by its digest alone has the name ``me/assistant@sha256:…``.
What the grammar of repositories has no room for (a host with a port, upper case) is in the store and not in the
registry.
"""

from __future__ import annotations

from olbuild.core.errors import UsageError
from olbuild.core.names import Digest, Reference
from olbuild.core.names.reference import is_host

_LIBRARY = "library/"


def is_repository(text: str) -> bool:
    """Whether a text is a repository by the grammar of the distribution-spec ("Pulling manifests")."""
    try:
        Reference(host=None, repository=text)
    except UsageError:
        return False
    return True


def is_tag(text: str) -> bool:
    """Whether a text is a tag by the grammar of the distribution-spec."""
    try:
        Reference(host=None, repository="name", tag=text)
    except UsageError:
        return False
    return True


def names_a_host(repository: str) -> bool:
    """Whether a repository begins with a registry's name: what has such a name came from there."""
    first, slash, _ = repository.partition("/")
    return bool(slash) and is_host(first)


def without_library(repository: str) -> str | None:
    """Return the name that Ollama means by ``library/NAME``; its repositories always have two segments."""
    short = repository.removeprefix(_LIBRARY)
    return short if short != repository and "/" not in short else None


def full_name(repository: str, reference: str | Digest) -> str:
    """Return the name in the store of a tag, or of a manifest that has a digest only."""
    return f"{repository}@{reference}" if isinstance(reference, Digest) else f"{repository}:{reference}"


def split_name(name: str) -> tuple[str, str | Digest] | None:
    """Return repository (with its host) and tag or digest of a name in the store; ``None`` if it is no reference."""
    try:
        reference = Reference.parse(name)
    except UsageError:
        return None
    if reference.tag is not None:
        return (reference.name, reference.tag) if reference.digest is None else None
    return (reference.name, reference.digest) if reference.digest is not None else None
