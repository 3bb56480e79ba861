"""The registry client: oras' provider with what it lacks. Requests with credentials go through here."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import oras.container
import oras.provider
import requests

from olbuild.core.errors import OlbuildError
from olbuild.core.events import Emit, ignore
from olbuild.core.registries import RegistrySettings
from olbuild.storage.registry.authenticator import Authenticator, Find
from olbuild.storage.registry.failures import drain, failure
from olbuild.storage.registry.hosts import Endpoint
from olbuild.storage.registry.knowledge import Knowledge
from olbuild.storage.registry.places import Places
from olbuild.storage.registry.slots import Connections
from olbuild.storage.registry.tokens import Scopes, TokenCache
from olbuild.storage.registry.transport import Body, Patience, Transport, is_replayable

_UNAUTHORIZED = 401
_NOBODY: Scopes = frozenset()


class Provider(oras.provider.Registry):  # type: ignore[misc] # oras publishes no types
    """One registry. Replaces oras' requests (``do_request``), its session and its authentication.

    What of oras remains: the addresses of the API (``Container``), pagination, and the methods built on
    ``do_request``. Its transfers are not used: they verify nothing and hold a blob in memory.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        find: Find,
        patience: Patience | None = None,
        emit: Emit = ignore,
        tokens: TokenCache | None = None,
        state: Path | None = None,
        settings: RegistrySettings | None = None,
    ) -> None:
        """Make the client; nothing is sent yet.

        Args:
            endpoint: where the registry is.
            find: looks for credentials.
            patience: timeouts and retries, other than those of the settings.
            emit: told what the registry warns about, and of long waits.
            tokens: tokens that are there already.
            state: the folder of what is remembered, if something is.
            settings: what the configuration says about the registry.
        """
        settings = settings or RegistrySettings()
        super().__init__(hostname=endpoint.authority, insecure=endpoint.scheme == "http")
        self.endpoint = endpoint
        self.transport = Transport(endpoint, patience or Patience.of(settings), emit, settings)
        self.session = self.transport.session
        self.auth = Authenticator(self.transport, find, tokens)
        folder = None if state is None else state / "registries"
        self.known = Knowledge(endpoint.authority, folder)
        self.connections = Connections(self.transport.patience.connections, self.known)
        self.places = Places(endpoint.authority, folder)
        self.uploads = None if state is None else state / "uploads"
        self.probing = threading.Lock()

    def container(self, repository: str) -> oras.container.Container:
        """Return oras' maker of addresses for a repository, without its parser, which guesses."""
        container = oras.container.Container("name", registry=self.endpoint.authority)
        namespace, _, container.repository = self.endpoint.repository(repository).rpartition("/")
        container.namespace = namespace or None
        return container

    def address(self, path: str) -> str:
        """Return the URL of a path of the API, such as ``Container`` makes it (with the host, without a scheme)."""
        return f"{self.prefix}://{path}"

    def do_request(
        self,
        url: str,
        method: str = "GET",
        data: Body = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,  # noqa: ANN401 - the signature of oras
        stream: bool = True,  # noqa: ARG002, FBT001, FBT002 - the signature of oras; bodies are never read ahead
        scopes: Scopes = _NOBODY,
        wait: float | None = None,
    ) -> requests.Response:
        """Send a request with credentials, if the URL is the registry's own, and answer a challenge once.

        A stream that is refused cannot be sent again: then the next request has the better credentials. ``wait`` is how
        many seconds the answer may take, if longer than usual.

        Returns:
            the response, whatever its status, body unread. Whoever calls must read or drain it.

        Raises:
            RegistryError: if no response came.
            RefusedError: if the token server refuses.
        """
        if json is not None:
            raise TypeError("bodies are sent as the bytes that they are")
        headers = dict(headers or {})
        own = self.endpoint.owns(url)
        authorized = {**headers, **(self.auth.header(scopes) if own else {})}
        response = self.transport.send(method, url, authorized, data, wait)
        if response.status_code != _UNAUTHORIZED or not (own and self.endpoint.owns(response.url)):
            return response
        better = self.auth.answer(response, scopes)
        self.known.learn(auth=self.auth.scheme)
        if not better or not is_replayable(data):
            return response
        drain(response)
        return self.transport.send(method, url, {**headers, **better}, data, wait)

    def expect(self, response: requests.Response, statuses: set[int], what: str) -> requests.Response:
        """Return a response whose status is one of those.

        Raises:
            OlbuildError: of the kind that fits the status otherwise.
        """
        if response.status_code in statuses:
            return response
        raise self.failure(response, what)

    def failure(self, response: requests.Response, what: str) -> OlbuildError:
        """Make the error for a response that was not hoped for, and release its connection."""
        return failure(response, self.endpoint, what, self.auth.note, self.auth.remedy)
