"""Every registry that can be started here, by name, with or without a guard before it: one thing to parametrise by."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
import unittest
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from olbuild.core.records import replace
from olbuild.testing.faults import Proxy
from olbuild.testing.registry import USER, Registry, docker_registry, find_program, listening, write_users
from olbuild.testing.tokens import TokenServer, certify

Kind: TypeAlias = Literal["docker-registry", "distribution", "crane", "olbuild"]
Guard: TypeAlias = Literal["none", "basic", "token", "tls", "sub-path", "read-only"]

KINDS: tuple[Kind, ...] = ("docker-registry", "distribution", "crane", "olbuild")
GUARDS: tuple[Guard, ...] = ("none", "basic", "token", "tls", "sub-path", "read-only")

CREDULOUS: frozenset[Kind] = frozenset({"crane"})
"""Those that store a manifest without looking for what it names."""

_PREFIX = "/under/here"
_PORT = re.compile(r"serving on port (\d+)")
_ADDRESS = re.compile(r"^http://(\S+)$", re.MULTILINE)
_ENOUGH = 10.0  # seconds for what is under way when a registry is ended


@contextmanager
def start_registry(kind: Kind, folder: Path, guard: Guard = "none") -> Iterator[Registry]:
    """Run a registry on a free port of 127.0.0.1 while the context lasts.

    Args:
        kind: which program.
        folder: for everything that it writes; what an earlier one wrote there is served.
        guard: who is let in, and how it is reached: by ``basic`` or ``token`` authentication, by TLS with a certificate
            that nobody trusts yet, through a reverse proxy whose uploads lie under another path, or for reading only.

    Raises:
        unittest.SkipTest: if the program is missing, or knows no such guard.
        RuntimeError: if it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        start = {"crane": _crane, "olbuild": _olbuild}.get(kind, _distribution)
        running = stack.enter_context(start(kind, folder, guard))
        proxy: Proxy | None = None
        if guard == "tls":
            key, certificate = folder / "tls.key", folder / "tls.crt"
            certify(Path(find_program("openssl")), key, certificate, "localhost")
            both = folder / "tls.pem"
            both.write_bytes(key.read_bytes() + certificate.read_bytes())
            proxy = stack.enter_context(Proxy(upstream=running.host, certificate=both).running())
            running = replace(running, certificate=certificate)
        elif guard == "sub-path":
            proxy = stack.enter_context(Proxy(upstream=running.host, prefix=_PREFIX).running())
        yield running if proxy is None else replace(running, host=proxy.host)


@contextmanager
def _distribution(kind: Kind, folder: Path, guard: Guard) -> Iterator[Registry]:
    http: Mapping[str, object] = {"prefix": f"{_PREFIX}/"} if guard == "sub-path" else {}
    with ExitStack() as stack:
        auth: Literal["none", "htpasswd"] | TokenServer = "htpasswd" if guard == "basic" else "none"
        password = secrets.token_urlsafe(12)
        if guard == "token":
            (folder / "tokens").mkdir()
            openssl = Path(find_program("openssl"))
            auth = TokenServer(openssl=openssl, folder=folder / "tokens", users={USER: password})
            stack.enter_context(auth.running())
        running = stack.enter_context(
            docker_registry(folder / "registry", auth=auth, http=http, program=kind, read_only=guard == "read-only")
        )
        yield replace(running, password=password) if guard == "token" else running


@contextmanager
def _crane(kind: Kind, folder: Path, guard: Guard) -> Iterator[Registry]:
    """Run the small registry of go-containerregistry, which has no options."""
    program = find_program(kind)
    if guard in {"basic", "token", "sub-path", "read-only"}:
        raise unittest.SkipTest(f"crane registry serve knows no {guard}")
    (folder / "content").mkdir(exist_ok=True)
    command = [program, "registry", "serve", "--address", "127.0.0.1:0", "--disk", str(folder / "content")]
    with _running(command, folder / "registry.log", _PORT) as port:
        yield Registry(host=f"127.0.0.1:{port}", folder=folder, username="", password="")


@contextmanager
def _olbuild(kind: Kind, folder: Path, guard: Guard) -> Iterator[Registry]:
    """Run olbuild's own registry over a store in the folder."""
    if guard in {"token", "sub-path"}:
        raise unittest.SkipTest(f"{kind} registry serve knows no {guard}")
    password = secrets.token_urlsafe(12)
    command = [sys.executable, "-m", "olbuild", "registry", "serve", "--listen", "127.0.0.1:0", "--home", str(folder)]
    if guard == "basic":
        command += ["--htpasswd", str(write_users(folder, password))]
    elif guard == "read-only":
        command.append("--readonly")
    with _running(command, folder / "registry.log", _ADDRESS) as host:
        yield Registry(host=host, folder=folder, username=USER, password=password)


@contextmanager
def _running(command: list[str], log: Path, said: re.Pattern[str]) -> Iterator[str]:
    """Run a registry while the context lasts, and return what it says of where it listens."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield listening(process, log, said)
    finally:
        process.terminate()
        try:
            process.wait(_ENOUGH)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
