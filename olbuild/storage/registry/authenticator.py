"""Answers challenges: finds credentials, fetches tokens, and knows what to send with the next request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import assert_never
from urllib.parse import urlencode

import requests
from oras.auth.base import AuthBackend

from olbuild.core.errors import FormatError, OlbuildError, RefusedError, RegistryError
from olbuild.core.loopback import is_loopback
from olbuild.storage.registry.challenge import Challenge, parse_challenges
from olbuild.storage.registry.credentials import Found
from olbuild.storage.registry.failures import drain, failure
from olbuild.storage.registry.hosts import origin
from olbuild.storage.registry.ollamakey import signed_request
from olbuild.storage.registry.secrets import IdentityToken, OllamaKey, Password, RegistryToken
from olbuild.storage.registry.tokens import Scopes, Token, TokenCache, parse_scopes, parse_token, scope_parameters
from olbuild.storage.registry.transport import Transport
from olbuild.storage.registry.words import escaped, printable

Find = Callable[[], Found | None]
"""Looks for credentials; called once, and only when the registry asks for some."""

_CLIENT = "olbuild"
_OK = 200


class Authenticator(AuthBackend):  # type: ignore[misc] # oras publishes no types
    """The authentication backend of one registry, in the place of those of oras.

    oras keeps one token for all hosts and scopes and never renews it. Here a token belongs to a host and scopes, is
    renewed before it ends and when it is refused, and goes nowhere but to the host that it is for.
    """

    def __init__(self, transport: Transport, find: Find, tokens: TokenCache | None = None) -> None:
        """Begin without credentials; ``find`` is asked for them at the first challenge."""
        super().__init__()
        self.session = transport.session
        self.prefix = transport.endpoint.scheme
        self._transport = transport
        self._endpoint = transport.endpoint
        self._find = find
        self._found: Found | None = None
        self._searched = False
        self._tokens = TokenCache() if tokens is None else tokens
        self._bearer: Challenge | None = None
        self._basic = False
        self._problem: OlbuildError | None = None
        self._lock = threading.RLock()  # one search and one new token, however many threads wait for it

    def load_configs(self, container: object, configs: object = None) -> None:
        """Do nothing: oras calls this early, and credentials are looked for only when they are needed."""

    def header(self, scopes: Scopes) -> dict[str, str]:
        """Return what to send along for some scopes; empty until the registry has asked for something.

        Raises:
            RefusedError: if the token server refuses.
            RegistryError: if it fails.
        """
        with self._lock:
            return self._header(scopes)

    def _header(self, scopes: Scopes) -> dict[str, str]:
        found = self._found.credentials if self._found else None
        if isinstance(found, RegistryToken):
            return {"Authorization": f"Bearer {found.token}"}
        if self._basic and isinstance(found, Password):
            return {"Authorization": found.basic}
        if self._bearer is None:
            return {}
        return self._bearer_header(self._bearer, scopes)

    def answer(self, response: requests.Response, scopes: Scopes) -> dict[str, str]:
        """Return what to send instead after a 401; empty if there is nothing better than what was sent.

        Raises:
            RefusedError: if the token server refuses.
            RegistryError: if it fails.
        """
        with self._lock:
            return self._answer(response, scopes)

    def _answer(self, response: requests.Response, scopes: Scopes) -> dict[str, str]:
        sent = response.request.headers.get("Authorization", "")
        challenges = {
            one.scheme: one for one in reversed(parse_challenges(response.headers.get("WWW-Authenticate", "")))
        }
        self._search()
        found = self._found.credentials if self._found else None
        if isinstance(found, RegistryToken):
            again = {"Authorization": f"Bearer {found.token}"}
        elif "bearer" in challenges:
            self._bearer = challenges["bearer"]
            self._tokens.drop(self._endpoint.authority, sent.removeprefix("Bearer "))
            wanted = scopes | parse_scopes(self._bearer.parameters.get("scope", ""))
            again = self._bearer_header(self._bearer, wanted)
        elif "basic" in challenges and isinstance(found, Password):
            self._basic = True
            again = {"Authorization": found.basic}
        else:
            again = {}
        return {} if again.get("Authorization") == sent else again

    def authenticate_request(
        self,
        original: requests.Response,
        headers: Mapping[str, str],
        refresh: bool = False,  # noqa: FBT001, FBT002, ARG002 - the signature of oras
    ) -> tuple[dict[str, str], bool]:
        """Answer a challenge in the form that oras asks for: new headers, and whether they changed."""
        again = self.answer(original, frozenset())
        return {**headers, **again}, bool(again)

    @property
    def scheme(self) -> str:
        """What the registry asked for: bearer, basic or none that is known."""
        return "bearer" if self._bearer else "basic" if self._basic else "none"

    @property
    def asked(self) -> bool:
        """Whether the registry has asked for credentials."""
        return self._searched

    @property
    def note(self) -> str:
        """What is known about the credentials that were used, to be put into an error."""
        if self._problem:
            return f"; {self._problem.message}"
        if self._found is None:
            return "; no credentials for it were found" if self._searched else ""
        credentials = self._found.credentials
        who = f" of {printable(credentials.username)}" if isinstance(credentials, Password) else ""
        return f"; the credentials{who} from {self._found.origin} are not enough"

    @property
    def remedy(self) -> str | None:
        """What must be done before credentials can be found or kept; ``None`` if nothing is in the way."""
        return self._problem.hint if self._problem else None

    def _search(self) -> None:
        """Look for credentials, once. Trouble with a helper must not stop what needs no login."""
        if self._searched:
            return
        self._searched = True
        try:
            self._found = self._find()
        except OlbuildError as error:
            self._problem = error
            self._transport.warn(error.message)

    def _bearer_header(self, challenge: Challenge, scopes: Scopes) -> dict[str, str]:
        host = self._endpoint.authority
        token = self._tokens.find(host, scopes, time.monotonic())
        if token is None:
            token = self._fetch(challenge, scopes)
            self._tokens.keep(host, scopes, token)
        return {"Authorization": f"Bearer {token.value}"}

    def _fetch(self, challenge: Challenge, scopes: Scopes) -> Token:
        """Get a token: by GET with a password or anonymously, by POST with an identity token (``oauth.md``)."""
        realm = self._realm(challenge)
        service = challenge.parameters.get("service")
        fields = [("service", service)] if service else []
        now = time.monotonic()
        found = self._found.credentials if self._found else None
        match found:
            case IdentityToken(token=refresh):
                fields += [("grant_type", "refresh_token"), ("client_id", _CLIENT), ("refresh_token", refresh)]
                fields += [("scope", " ".join(scope_parameters(scopes)))] if scopes else []
                body = _form(fields).encode()
                headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
                response = self._transport.send("POST", realm, headers, body)
            case OllamaKey():
                address, signature = signed_request(found, self._endpoint, realm, challenge)
                headers = {"Accept": "application/json", "Authorization": signature}
                response = self._transport.send("GET", address, headers)
            case Password() | RegistryToken() | None:
                fields += [("scope", text) for text in scope_parameters(scopes)]
                headers = {"Accept": "application/json"}
                if isinstance(found, Password):
                    headers["Authorization"] = found.basic
                    fields.append(("account", found.username))
                address = f"{realm}{'&' if '?' in realm else '?'}{_form(fields)}" if fields else realm
                response = self._transport.send("GET", address, headers)
            case _:
                assert_never(found)
        return self._read(response, now)

    def _read(self, response: requests.Response, now: float) -> Token:
        name = self._endpoint.name
        if response.status_code in {400, 401, 403}:
            said = failure(response, self._endpoint, "a token").message
            raise RefusedError(
                f"{name} gives no token{self.note} ({said})", hint=self.remedy or f"olbuild login {name}"
            )
        if response.status_code != _OK:
            raise failure(response, self._endpoint, "a token", self.note, self.remedy)
        where = f"the answer of the token server of {name}"
        try:
            return parse_token(drain(response), now, where)
        except FormatError as error:
            raise RegistryError(error.message) from None

    def _realm(self, challenge: Challenge) -> str:
        """Return the address of the token server, which gets to see the credentials.

        Raises:
            RegistryError: if it is none, or is reached without TLS though the registry is reached with it.
        """
        realm = escaped(challenge.parameters.get("realm", ""))
        target = origin(realm)
        if target is None:
            raise RegistryError(f"{self._endpoint.name} names no usable token server: {printable(realm) or 'nothing'}")
        scheme, host, _ = target
        if scheme == "http" and self._endpoint.scheme == "https" and not is_loopback(host):
            raise RegistryError(f"{self._endpoint.name} wants credentials to be sent without TLS, to {host}")
        return realm


def _form(fields: list[tuple[str, str]]) -> str:
    return urlencode(fields)
