"""The server speaks TLS."""

import json
import ssl
import urllib.request
from pathlib import Path

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.tls import server_context
from olbuild.testing.echoing import EchoManager
from olbuild.testing.registry import find_program
from olbuild.testing.serving import served
from olbuild.testing.tokens import certify

pytestmark = pytest.mark.integration


def test_https(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    certify(Path(find_program("openssl")), key, certificate, "localhost")
    trusting = ssl.create_default_context(cafile=certificate)
    with served(tmp_path / "home", EchoManager(), tls=server_context(certificate, key)) as server:
        url = f"https://localhost:{server.port}/healthz"
        with urllib.request.urlopen(url, context=trusting) as response:
            assert json.load(response) == {"status": "ok"}
        with pytest.raises(OSError, match=r"."):
            server.ask("GET", "/healthz")
        with urllib.request.urlopen(url, context=trusting) as response:
            assert response.status == 200


def test_half_a_pair_is_refused(tmp_path: Path) -> None:
    assert server_context(None, None) is None
    with pytest.raises(UsageError, match="go together"):
        server_context(tmp_path / "certificate.pem", None)
    with pytest.raises(UsageError, match="no certificate"):
        server_context(tmp_path / "certificate.pem", tmp_path / "key.pem")
