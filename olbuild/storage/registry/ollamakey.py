"""The key with which Ollama asks its registry for a token (ollama, ``auth/auth.go`` and ``server/auth.go``).

It is ``~/.ollama/id_ed25519``, which ``ollama serve`` makes and ``ollama.com`` knows after a login there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from olbuild.core.errors import RefusedError, UsageError
from olbuild.storage.registry.challenge import Challenge
from olbuild.storage.registry.credentials import Found
from olbuild.storage.registry.ed25519 import public_key, sign
from olbuild.storage.registry.hosts import Endpoint, authority
from olbuild.storage.registry.secrets import OllamaKey

_MAGIC = b"openssh-key-v1\0"
_KIND = b"ssh-ed25519"
_BEGIN, _END = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
_LARGEST = 64 << 10


def key_file() -> Path:
    """Return where Ollama keeps its key; it need not exist."""
    return Path.home() / ".ollama" / "id_ed25519"


def find_ollama_key() -> Found | None:
    """Find Ollama's key, if there is one.

    Raises:
        UsageError: if it cannot be read, has a passphrase, or is no Ed25519 key.
    """
    path = key_file()
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"Ollama's key {path} cannot be read: {error.strerror}") from None
    return Found(credentials=read_key(data, str(path)), origin=str(path))


def read_key(data: bytes, where: str) -> OllamaKey:
    """Read a private key in OpenSSH's form (openssh-portable, ``PROTOCOL.key``).

    Raises:
        UsageError: if it is not one, or not one without a passphrase.
    """
    text = data.decode("ascii", "replace")
    _, begin, rest = text.partition(_BEGIN)
    body, end, _ = rest.partition(_END)
    try:
        decoded = base64.b64decode("".join(body.split()), validate=True) if begin and end else b""
    except binascii.Error:
        decoded = b""
    problem = UsageError(f"{where} is no private key of OpenSSH's for Ed25519", hint="ollama serve makes one")
    if not decoded.startswith(_MAGIC):
        raise problem
    fields = _Fields(decoded[len(_MAGIC) :], problem)
    cipher, _, _ = fields.text(), fields.text(), fields.text()
    if cipher != b"none":
        raise UsageError(f"{where} has a passphrase", hint="Ollama cannot use it either; it makes keys without one")
    if fields.number() != 1:
        raise problem
    fields.text()
    private = _Fields(fields.text(), problem)
    if private.number() != private.number() or private.text() != _KIND:
        raise problem
    public, pair = private.text(), private.text()
    seed = pair[:32]
    if len(pair) != 64 or pair[32:] != public or public_key(seed) != public:  # noqa: PLR2004 - both keys
        raise problem
    return OllamaKey(seed=seed, public=public)


class _Fields:
    """The fields of SSH's wire format (RFC 4251, section 5), in their order."""

    def __init__(self, data: bytes, problem: UsageError) -> None:
        self._data = data
        self._problem = problem

    def number(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def text(self) -> bytes:
        return self._take(self.number())

    def _take(self, count: int) -> bytes:
        taken, self._data = self._data[:count], self._data[count:]
        if len(taken) != count:
            raise self._problem
        return taken


def signed_request(
    key: OllamaKey,
    endpoint: Endpoint,
    realm: str,
    challenge: Challenge,
    *,
    clock: Callable[[], float] = time.time,
) -> tuple[str, str]:
    """Return the address to ask for a token, and the value of ``Authorization`` that goes with it.

    What is signed holds the address, a time and a number used once, so that it is of use for nothing else.

    Raises:
        RefusedError: if the token server is another host than the registry: nothing is signed for strangers.
    """
    if authority(realm) != endpoint.authority or urlsplit(realm).scheme != endpoint.scheme:
        raise RefusedError(
            f"{endpoint.name} wants a token to be asked for at {authority(realm)[:100]}, and Ollama's key is only for "
            f"{endpoint.name} itself"
        )
    base, _, query = realm.partition("?")
    fields = parse_qsl(query, keep_blank_values=True)
    fields.append(("service", challenge.parameters.get("service", "")))
    fields += [("scope", scope) for scope in challenge.parameters.get("scope", "").split(" ")]
    fields.append(("ts", str(int(clock()))))
    fields.append(("nonce", base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")))
    address = f"{base}?{urlencode(sorted(fields, key=lambda field: field[0]))}"
    nothing = base64.b64encode(hashlib.sha256(b"").hexdigest().encode()).decode()
    signature = sign(key.seed, f"GET,{address},{nothing}".encode())
    public = b"".join(len(part).to_bytes(4, "big") + part for part in (_KIND, key.public))
    return address, f"{base64.b64encode(public).decode()}:{base64.b64encode(signature).decode()}"
