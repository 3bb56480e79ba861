"""What a registry can do, tried out on purpose: ``registry info --probe``."""

from __future__ import annotations

from olbuild.core.content import Descriptor, successors
from olbuild.core.errors import NotFoundError, RefusedError
from olbuild.core.names import INDEXES
from olbuild.storage.registry.challenge import parse_challenges
from olbuild.storage.registry.failures import drain
from olbuild.storage.registry.manifests import Manifests
from olbuild.storage.registry.probing import probe_sessions
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.referrers import ReferrersIndex
from olbuild.storage.registry.sessions import Sessions
from olbuild.storage.registry.tokens import Scopes, repository_scopes

_OK, _PARTIAL, _UNAUTHORIZED = 200, 206, 401


def explore(provider: Provider, repository: str | None, name: str | None) -> None:
    """Try out what a registry can do, and remember it.

    Args:
        provider: the client of the registry.
        repository: where to try; without one only the way to log in is found out.
        name: tag or digest of an artifact in it: a part of a blob of it is asked for, and the blob taken over.

    Uploads are begun and cancelled; nothing stays behind.

    Raises:
        RefusedError: if the credentials do not do for reading.
        RegistryError: if the registry cannot be asked.
        NotFoundError: if there is no such artifact.
    """
    _find_out_auth(provider)
    if repository is None:
        return
    path = provider.endpoint.repository(repository)
    reading, writing = repository_scopes(path, "pull"), repository_scopes(path, "pull", "push")
    manifests = Manifests(provider, repository)
    blob = _some_blob(manifests, repository, name, reading) if name is not None else None
    ReferrersIndex(provider, repository, manifests).probe(reading)
    if blob is not None:
        address = provider.address(provider.container(repository).get_blob_url(str(blob.digest)))
        part = provider.do_request(address, headers={"Range": "bytes=0-0"}, scopes=reading)
        provider.known.learn(ranges=provider.expect(part, {_OK, _PARTIAL}, str(blob.digest)).status_code == _PARTIAL)
        part.close()
    try:
        sessions = Sessions(provider, repository, writing, f"an upload to {repository}")
        probe_sessions(provider, sessions)
        session = sessions.mount(blob, path, reading) if blob is not None else None
        if session is not None:
            sessions.cancel(session)
        if blob is not None:
            provider.known.learn(mounts=session is None)
    except RefusedError as error:
        provider.transport.warn(f"uploads were not tried out: {error.message}")


def _find_out_auth(provider: Provider) -> None:
    """Ask for ``/v2/`` as somebody whom nobody knows."""
    response = provider.transport.send("GET", f"{provider.endpoint.base}/v2/", {})
    if response.status_code != _UNAUTHORIZED:
        drain(provider.expect(response, {_OK}, "its API"))
        provider.known.learn(auth="none")
        return
    drain(response)
    schemes = {each.scheme for each in parse_challenges(response.headers.get("WWW-Authenticate", ""))}
    for scheme in ("basic", "bearer"):
        if scheme in schemes:
            provider.known.learn(auth=scheme)


def _some_blob(manifests: Manifests, repository: str, name: str, scopes: Scopes) -> Descriptor:
    """Return the smallest blob of an artifact that is not empty."""
    descriptor, data = manifests.get(name, scopes)
    if descriptor.media_type in INDEXES:
        (first, *_) = successors(descriptor, data, name) or (None,)
        if first is not None:
            descriptor, data = manifests.get(str(first.digest), scopes)
    found = sorted((one for one in successors(descriptor, data, name) if one.size), key=lambda one: one.size)
    if not found:
        raise NotFoundError(f"{repository}:{name} has no content to try with")
    return found[0]
