"""Names that a registry on loopback answers to."""

import pytest

from olbuild.serving.hub.origin import is_local
from olbuild.serving.wire.host import is_loopback


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:5080", "127.0.0.1", "10.0.0.7:5080", "[::1]:5080", "[::1]"),
        *("localhost:5080", "LOCALHOST", "a.localhost:1", "box.local", "host.docker.internal:5080", "registry:5080"),
    ],
)
def test_names_of_this_machine(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5080", "127.0.0.1.evil.example", "localhost.evil.example."]
)
def test_names_of_others(host: str) -> None:
    assert not is_local(host)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_what_is_loopback(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.1", "fe80::1%eth0", "::"])  # noqa: S104 - nobody listens there
def test_what_is_not(address: str) -> None:
    assert not is_loopback(address)
