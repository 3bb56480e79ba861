"""Which addresses are the machine itself."""

import pytest

from olbuild.core.loopback import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_what_is_reached_from_this_machine_only(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "10.0.0.1", "fe80::1%eth0", "::", "localhost.evil.example", "127.0.0.1:80"],  # noqa: S104
)
def test_what_others_reach_too(host: str) -> None:
    assert not is_loopback(host)
