"""``login`` and ``logout``: credentials are checked with the registry, and kept where Docker keeps them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from olbuild.core.content.canonical import Json
from olbuild.core.errors import OlbuildError, StoreError, UsageError
from olbuild.core.events import Emit, Said, ignore
from olbuild.core.names import Reference
from olbuild.core.registries import Registries
from olbuild.storage.registry import helpers
from olbuild.storage.registry.credentials import (
    Found,
    docker_config,
    find_credentials,
    helper_for,
    keys_of,
    read_auth_file,
    section,
    server_key,
)
from olbuild.storage.registry.failures import drain
from olbuild.storage.registry.hosts import Endpoint, endpoint
from olbuild.storage.registry.locking import alone_with
from olbuild.storage.registry.secrets import Password, encode_basic
from olbuild.storage.registry.setup import Setup
from olbuild.storage.registry.transport import Patience

_OK = 200


def login(
    host: str,
    username: str,
    password: str,
    *,
    plain_http: Iterable[str] = (),
    emit: Emit = ignore,
    patience: Patience | None = None,
    registries: Registries | None = None,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """Check credentials with a registry, then keep them; nothing is kept that the registry refuses.

    Returns:
        where they are kept: a path, or the name of a helper.

    Raises:
        UsageError: if host or user cannot be, or Docker's configuration cannot be understood.
        RefusedError: if the registry refuses them, or a helper does.
        RegistryError: if the registry cannot be asked.
        StoreError: if the configuration cannot be written.
    """
    setup = Setup(tuple(plain_http), emit, patience, None, registries or Registries({}))
    where = setup.endpoint(_host(host))
    if not username or ":" in username:
        raise UsageError("a user name is needed, and it has no colon in it")
    if any("\ud800" <= character <= "\udfff" for character in username + password):
        raise UsageError("user name and password must be UTF-8")
    if not password:
        raise UsageError("a password is needed", hint="many registries take an access token in its place")
    credentials = Password(username=username, password=password)
    path = docker_config(environment)
    document = read_auth_file(path)
    encode_document(document, path)  # before the registry is asked: a file that cannot be kept is known at once
    _verify(setup, where, credentials)
    helper = helper_for(document, where.name)
    if helper:
        helpers.store(helper, server_key(where.name), credentials, emit)
        entry: dict[str, Json] = {}
    else:
        entry = {"auth": encode_basic(username, password)}
    _change(path, lambda auths: auths.update({server_key(where.name): entry}), where.name)
    return f"docker-credential-{helper}" if helper else str(path)


def logout(host: str, *, emit: Emit = ignore, environment: Mapping[str, str] = os.environ) -> bool:
    """Forget the credentials of a registry; false if none were kept.

    Raises:
        UsageError: if the host cannot be, or Docker's configuration cannot be understood.
        RefusedError: if a helper fails.
        StoreError: if the configuration cannot be written.
    """
    name = endpoint(_host(host)).name
    path = docker_config(environment)
    document = read_auth_file(path)
    known = bool(keys_of(document, name))
    helper = helper_for(document, name)
    if helper:
        known = known or helpers.get(helper, server_key(name), emit) is not None
        helpers.erase(helper, server_key(name), emit)
    if keys_of(document, name):
        _change(path, lambda _auths: None, name)
    try:
        left = find_credentials(name, environment=environment, emit=emit)
    except OlbuildError:
        left = None
    if left is not None:
        emit(Said(text=f"{left.origin} still has credentials for {name}", level="warning"))
    return known


def _host(host: str) -> str:
    """Return a host that a person wrote: ``https://ghcr.io/`` is ``ghcr.io``."""
    _, scheme, rest = host.partition("://")
    plain = (rest if scheme else host).rstrip("/").removesuffix("/v1").removesuffix("/v2")
    return Reference(host=plain, repository="name").host or ""


def _verify(setup: Setup, where: Endpoint, credentials: Password) -> None:
    """Ask for ``/v2/``, which every registry answers with 200 to whoever may use it (distribution-spec, "API")."""
    found = Found(credentials=credentials, origin="this login")
    provider = setup.provider(where, lambda: found)
    response = provider.do_request(f"{where.base}/v2/")
    provider.expect(response, {_OK}, "a login")
    drain(response)
    if not provider.auth.asked:
        setup.emit(Said(text=f"{where.name} asks for no login, so the credentials were not checked", level="warning"))


def _change(path: Path, change: Callable[[dict[str, Json]], None], host: str) -> None:
    """Rewrite ``auths``: every spelling of the host goes, then ``change`` is applied. Other keys stay as they are."""
    real = path.resolve()
    try:
        real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone_with(real):
            document = read_auth_file(path)
            auths = section(document, "auths")
            for key in keys_of(document, host):
                del auths[key]
            change(auths)
            document["auths"] = auths
            _write(real, encode_document(document, path))
    except OSError as error:
        raise StoreError(f"the credentials file {path} cannot be written: {error.strerror}") from None


def encode_document(document: dict[str, Json], path: Path) -> bytes:
    """Write a configuration as Docker does: indented with tabs.

    Raises:
        UsageError: if something in it, which is not ours, would not be the same afterwards.
    """
    try:
        return json.dumps(document, indent="\t", ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except (ValueError, RecursionError):
        raise UsageError(
            f"the credentials file {path} cannot be kept as it is: it holds a number beyond all bounds, or is too deep",
            hint=f"repair or remove {path}",
        ) from None


def _write(path: Path, data: bytes) -> None:
    """Replace a file at once, readable for its owner only; a link to it stays a link, because it was resolved."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
