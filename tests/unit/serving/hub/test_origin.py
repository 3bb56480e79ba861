"""Names that a registry on loopback answers to."""

import pytest

from olbuild.serving.hub.origin import is_local


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
