"""The conformance tests of the OCI distribution-spec (``conformance/`` of its repository, main of 31 August 2026)."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.tools import require_program

pytestmark = pytest.mark.integration

SETTINGS = {
    "OCI_TLS": "disabled",
    "OCI_VERSION": "1.1",
    "OCI_API_BLOBS_UPLOAD_CANCEL": "true",
    "OCI_API_BLOBS_DIGEST_HEADER": "true",
    "OCI_API_MANIFESTS_DIGEST_HEADER": "true",
    "OCI_DATA_SHA512": "false",  # the specification leaves it to the registry, and olbuild reads sha256 only
}


def test_the_conformance_tests_pass(host: str, tmp_path: Path) -> None:
    program = require_program("oci-conformance")
    environment = {**os.environ, **SETTINGS, "OCI_REGISTRY": host, "OCI_RESULTS_DIR": str(tmp_path / "results")}
    finished = subprocess.run(
        [program], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    counts = {name: int(count) for name, count in re.findall(r"^  (\w+)\.{3,}: +(\d+)$", finished.stdout, re.MULTILINE)}
    assert finished.returncode == 0, finished.stdout[-5000:]
    assert (counts["FAIL"], counts["Error"], counts["Skip"]) == (0, 0, 0), finished.stdout[-5000:]
    assert counts["Pass"] > 500
