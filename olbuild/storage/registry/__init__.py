"""Registries: the only room that speaks to them, and the only one that loads oras.

``open_registry`` makes a target of a repository; ``login`` and ``logout`` keep Docker's credentials.
"""

from __future__ import annotations

from collections.abc import Iterable

from olbuild.core.errors import UsageError
from olbuild.core.events import Emit, ignore
from olbuild.core.names import Reference
from olbuild.storage.registry.credentials import find_credentials
from olbuild.storage.registry.hosts import Endpoint, endpoint
from olbuild.storage.registry.login import login, logout
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.target import RegistryTarget
from olbuild.storage.registry.transport import Patience

__all__ = ["Patience", "RegistryTarget", "login", "logout", "open_registry"]


def open_registry(
    reference: Reference,
    *,
    plain_http: Iterable[str] = (),
    emit: Emit = ignore,
    patience: Patience | None = None,
    writing: bool = False,
    ollama: str | None = None,
) -> RegistryTarget:
    """Make a target of the repository of a reference. Nothing is sent before the target is asked something.

    Args:
        reference: names host and repository; its tag and digest are for ``resolve`` and ``tag``.
        plain_http: hosts that are spoken to without TLS; loopback always is.
        emit: told what the registry warns about, and of long waits.
        patience: timeouts and retries, other than the usual ones.
        writing: whether something will be pushed.
        ollama: the host that is Ollama's registry, whose protocol is another one.

    Raises:
        UsageError: if the reference has no host, or one that Ollama's registry cannot have.
    """
    if reference.host is None:
        raise UsageError(f"{reference} names no registry", hint=f"write the registry, as in ghcr.io/{reference}")
    where = endpoint(reference.host, plain_http)
    path = where.repository(reference.repository)
    if ollama is not None and where.name == ollama.lower():
        return _open_ollama(where, reference, emit, patience, writing=writing)
    provider = Provider(where, find=lambda: find_credentials(where.name, path, emit=emit), emit=emit, patience=patience)
    return RegistryTarget(provider, reference.repository, writing=writing)


def _open_ollama(
    where: Endpoint, reference: Reference, emit: Emit, patience: Patience | None, *, writing: bool
) -> RegistryTarget:
    from olbuild.storage.registry.ollama import OllamaTarget  # noqa: PLC0415 - for one registry
    from olbuild.storage.registry.ollamakey import find_ollama_key  # noqa: PLC0415 - for one registry

    if reference.repository.count("/") != 1:
        raise UsageError(
            f"{reference} is no model of Ollama's, whose names have two parts",
            hint=f"its own models are in library: {where.name}/library/{reference.repository.rpartition('/')[2]}",
        )
    provider = Provider(
        where,
        find=lambda: find_credentials(where.name, reference.repository, emit=emit) or find_ollama_key(),
        emit=emit,
        patience=patience,
    )
    return OllamaTarget(provider, reference.repository, reference.tag or "latest", writing=writing)
