"""From the host of a reference to the base of URLs."""

import pytest

from olbuild.storage.registry.hosts import endpoint, hostname, origin


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("ghcr.io", "https://ghcr.io"),
        ("GHCR.io", "https://ghcr.io"),
        ("example.org:5000", "https://example.org:5000"),
        ("localhost", "http://localhost"),
        ("localhost:5000", "http://localhost:5000"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("127.255.0.9", "http://127.255.0.9"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("128.0.0.1", "https://128.0.0.1"),
        ("localhost.example.org", "https://localhost.example.org"),
        ("127.0.0.1.example.org", "https://127.0.0.1.example.org"),
        ("docker.io", "https://registry-1.docker.io"),
        ("index.docker.io", "https://registry-1.docker.io"),
        ("plain.example:80", "http://plain.example:80"),
        ("bare.example:5000", "http://bare.example:5000"),
        ("plain.example", "https://plain.example"),
    ],
)
def test_endpoints(host: str, base: str) -> None:
    assert endpoint(host, ["Plain.example:80", "bare.example"]).base == base


def test_docker_hub_has_a_library() -> None:
    hub = endpoint("docker.io")
    assert hub.name == "docker.io"
    assert hub.repository("alpine") == "library/alpine"
    assert hub.repository("me/model") == "me/model"
    assert endpoint("ghcr.io").repository("alpine") == "alpine"


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("https://ghcr.io/v2/", True),
        ("https://GHCR.IO:443/x", True),
        ("http://ghcr.io/v2/", False),
        ("https://ghcr.io:444/", False),
        ("https://ghcr.io.evil.example/", False),
        ("https://evil.example/ghcr.io", False),
        ("https://ghcr.io@evil.example/", False),
        ("https://evil.example#@ghcr.io/", False),
        ("ghcr.io", False),
        ("https://[ghcr.io/", False),
        ("https://ghcr.io:x/", False),
    ],
)
def test_who_may_see_credentials(url: str, *, owned: bool) -> None:
    assert endpoint("ghcr.io").owns(url) is owned


def test_origins() -> None:
    assert origin("http://x/") == ("http", "x", 80)
    assert origin("file:///x") is None
    assert hostname("[::1]:80") == "::1"
