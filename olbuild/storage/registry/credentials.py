"""Where credentials are found: Docker's configuration, the helpers it names, and podman's ``auth.json``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from olbuild.core.content import decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError, UsageError
from olbuild.core.events import Emit, ignore
from olbuild.core.records import Frozen
from olbuild.storage.registry import helpers
from olbuild.storage.registry.hosts import DOCKER_HUB, DOCKER_HUB_KEY
from olbuild.storage.registry.secrets import Credentials, IdentityToken, RegistryToken, decode_basic

_HUB_SPELLINGS = (DOCKER_HUB, "index.docker.io", "registry-1.docker.io")


class Found(Frozen, kw_only=True):
    """Credentials, and the file or program that they came from."""

    credentials: Credentials
    origin: str


def docker_config(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the path of Docker's configuration, which ``login`` writes; it need not exist."""
    folder = environment.get("DOCKER_CONFIG")
    return (Path(folder) if folder else Path.home() / ".docker") / "config.json"


def auth_files(environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Yield the files that may hold credentials, the most specific first (containers-auth.json(5) for podman's)."""
    if named := environment.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    yield docker_config(environment)
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers" / "auth.json"
    yield Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "containers" / "auth.json"


def find_credentials(
    host: str, repository: str = "", environment: Mapping[str, str] = os.environ, *, emit: Emit = ignore
) -> Found | None:
    """Find the credentials for a registry, or for a repository in it.

    Args:
        host: the name of an ``Endpoint``.
        repository: path of the repository; podman keeps credentials for parts of a registry too.
        environment: where the variables are that name the files.
        emit: told when a helper lets one wait.

    Raises:
        UsageError: if a file cannot be understood.
        RefusedError: if a helper fails.
    """
    for path in auth_files(environment):
        document = read_auth_file(path)
        if document and (found := _search(document, path, host, repository, emit)):
            return found
    return None


def read_auth_file(path: Path) -> dict[str, Json]:
    """Read a configuration of Docker's form; a file that does not exist is empty.

    Raises:
        UsageError: if it cannot be read or understood.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(f"the credentials file {path} cannot be read: {error.strerror}") from None
    if not data.strip():
        return {}
    try:
        document = decode_json(data, f"the credentials file {path}")
    except FormatError as error:
        raise UsageError(error.message, hint=f"repair or remove {path}") from None
    if not isinstance(document, dict):
        raise UsageError(f"the credentials file {path} is not a JSON object", hint=f"repair or remove {path}")
    return document


def section(document: dict[str, Json], key: str) -> dict[str, Json]:
    """Return a part of a configuration that is an object; anything else counts as empty."""
    part = document.get(key)
    return part if isinstance(part, dict) else {}


def helper_for(document: dict[str, Json], host: str) -> str | None:
    """Return the helper that keeps the credentials of a host: its own in ``credHelpers``, else ``credsStore``."""
    own = _match(section(document, "credHelpers"), _spellings(host, ""))
    helper = own or document.get("credsStore")
    return helper if isinstance(helper, str) and helper else None


def server_key(host: str) -> str:
    """Return what Docker calls a registry in its configuration and towards helpers."""
    return DOCKER_HUB_KEY if host == DOCKER_HUB else host


def keys_of(document: dict[str, Json], host: str) -> list[str]:
    """Return the keys of ``auths`` that stand for a host, in all spellings."""
    spellings = set(_spellings(host, ""))
    return [key for key in section(document, "auths") if plain_key(key) in spellings]


def plain_key(key: str) -> str:
    """Return a key of ``auths`` without scheme, API version and slash: ``https://index.docker.io/v1/`` is a host."""
    _, scheme, rest = key.partition("://")
    rest = (rest if scheme else key).rstrip("/")
    return rest.removesuffix("/v1").removesuffix("/v2").lower()


def _search(document: dict[str, Json], path: Path, host: str, repository: str, emit: Emit) -> Found | None:
    helper = helper_for(document, host)
    if helper and (credentials := helpers.get(helper, server_key(host), emit)):
        return Found(credentials=credentials, origin=f"docker-credential-{helper}")
    entry = _match(section(document, "auths"), _spellings(host, repository))
    if isinstance(entry, dict) and (credentials := _decode(entry)):
        return Found(credentials=credentials, origin=str(path))
    return None


def _decode(entry: dict[str, Json]) -> Credentials | None:
    identity, registry, auth = entry.get("identitytoken"), entry.get("registrytoken"), entry.get("auth")
    if isinstance(registry, str) and registry:
        return RegistryToken(token=registry)
    if isinstance(identity, str) and identity:
        return IdentityToken(token=identity)
    return decode_basic(auth) if isinstance(auth, str) else None


def _spellings(host: str, repository: str) -> tuple[str, ...]:
    """Return the keys that may stand for a repository, the most specific first."""
    parts = repository.split("/") if repository else []
    names = _HUB_SPELLINGS if host == DOCKER_HUB else (host,)
    return tuple("/".join([name, *parts[:count]]) for count in range(len(parts), -1, -1) for name in names)


def _match(entries: dict[str, Json], spellings: tuple[str, ...]) -> Json:
    plain: dict[str, Json] = {}
    for key, value in entries.items():
        if value:  # Docker leaves an empty object behind for what a helper keeps
            plain.setdefault(plain_key(key), value)
    return next((plain[spelling] for spelling in spellings if spelling in plain), None)
