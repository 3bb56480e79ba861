"""Traces by OpenTelemetry's own exporter."""

import json
import os
import subprocess
import sys

import pytest

from tests.integration.clients.conftest import FOLDERS, PROGRAMS, installed
from tests.tools import ROOT


def test_spans_arrive_with_their_parents() -> None:
    found = list(FOLDERS[0].glob("lib/*/site-packages/opentelemetry/exporter"))
    if not installed(FOLDERS[0], "opentelemetry") or not found:
        pytest.skip("the Python package opentelemetry-exporter-otlp-proto-http is missing (make clients installs it)")
    finished = subprocess.run(
        [sys.executable, PROGRAMS / "traces.py", found[0].parent.parent],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    heard = json.loads(finished.stdout)
    assert heard["path"] == "/v1/traces"
    assert heard["waited for one who never answers"] is False
    outer, inner = heard["spans"]["POST /api/chat"], heard["spans"]["chat smol"]
    assert outer["trace"] == inner["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert (outer["parent"], inner["parent"]) == ("b7ad6b7169203331", outer["id"])
    assert outer["attributes"] == {"http.request.method": "POST", "http.response.status_code": 200}
    assert inner["attributes"] == {"gen_ai.request.model": "smol", "error.type": "EngineError"}
    assert (outer["status"], inner["status"]) == (0, 2)
