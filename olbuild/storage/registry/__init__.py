"""Registries: the only room that speaks to them, and the only one that loads oras.

``open_registry`` makes a target of a repository; ``login`` and ``logout`` keep Docker's credentials.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from olbuild.core.errors import UsageError
from olbuild.core.events import Emit, ignore
from olbuild.core.names import Reference
from olbuild.core.registries import Registries
from olbuild.storage.registry.credentials import find_credentials
from olbuild.storage.registry.hosts import Endpoint
from olbuild.storage.registry.knowledge import Learnt
from olbuild.storage.registry.known import Known
from olbuild.storage.registry.login import login, logout
from olbuild.storage.registry.mirrors import MirroredTarget
from olbuild.storage.registry.setup import Setup
from olbuild.storage.registry.target import RegistryTarget
from olbuild.storage.registry.transport import Patience

__all__ = ["Known", "Learnt", "Patience", "RegistryTarget", "login", "logout", "look_at", "open_registry"]


def open_registry(
    reference: Reference,
    *,
    plain_http: Iterable[str] = (),
    emit: Emit = ignore,
    patience: Patience | None = None,
    writing: bool = False,
    state: Path | None = None,
    ollama: str | None = None,
    registries: Registries | None = None,
) -> RegistryTarget:
    """Make a target of the repository of a reference. Nothing is sent before the target is asked something.

    Args:
        reference: names host and repository; its tag and digest are for ``resolve`` and ``tag``.
        plain_http: hosts that are spoken to without TLS; loopback always is.
        emit: told what the registry warns about, and of long waits.
        patience: timeouts and retries, other than those of ``registries``.
        writing: whether something will be pushed; otherwise mirrors are asked first.
        state: folder of what is remembered of registries; without one it is known for this run only.
        ollama: the host that is Ollama's registry, whose protocol is another one.
        registries: what the configuration says about registries.

    Raises:
        UsageError: if the reference has no host, or one that Ollama's registry cannot have.
    """
    if reference.host is None:
        raise UsageError(f"{reference} names no registry", hint=f"write the registry, as in ghcr.io/{reference}")
    setup = Setup(tuple(plain_http), emit, patience, state, registries or Registries({}))
    where = setup.endpoint(reference.host)
    path = where.repository(reference.repository)
    if ollama is not None and where.name == ollama.lower():
        return _open_ollama(setup, where, reference, writing=writing)
    provider = setup.provider(where, lambda: find_credentials(where.name, path, emit=emit))
    mirrors = setup.registries.of(where.name).mirrors
    if writing or not mirrors:
        return RegistryTarget(provider, reference.repository, writing=writing)
    return MirroredTarget(
        provider, reference.repository, tuple(_open_mirror(setup, each, path) for each in mirrors), emit
    )


def look_at(
    host: str,
    *,
    state: Path,
    registries: Registries | None = None,
    plain_http: Iterable[str] = (),
    emit: Emit = ignore,
) -> Known:
    """Return what is remembered of a registry; nothing is sent before it is explored.

    Args:
        host: as it stands in a reference.
        state: folder of what is remembered of registries.
        registries: what the configuration says about registries.
        plain_http: hosts that are spoken to without TLS; loopback always is.
        emit: told what the registry warns about, and of long waits.
    """
    return Known(Setup(tuple(plain_http), emit, None, state, registries or Registries({})), host)


def _open_mirror(setup: Setup, mirror: str, path: str) -> RegistryTarget:
    there = Reference.parse(f"{mirror}/{path}")
    where = setup.endpoint(there.host or "")
    find = lambda: find_credentials(where.name, there.repository, emit=setup.emit)  # noqa: E731 - it is asked later
    return RegistryTarget(setup.provider(where, find), there.repository)


def _open_ollama(setup: Setup, where: Endpoint, reference: Reference, *, writing: bool) -> RegistryTarget:
    from olbuild.storage.registry.ollama import OllamaTarget  # noqa: PLC0415 - for one registry
    from olbuild.storage.registry.ollamakey import find_ollama_key  # noqa: PLC0415 - for one registry

    if reference.repository.count("/") != 1:
        raise UsageError(
            f"{reference} is no model of Ollama's, whose names have two parts",
            hint=f"its own models are in library: {where.name}/library/{reference.repository.rpartition('/')[2]}",
        )
    provider = setup.provider(
        where, lambda: find_credentials(where.name, reference.repository, emit=setup.emit) or find_ollama_key()
    )
    return OllamaTarget(provider, reference.repository, reference.tag or "latest", writing=writing)
