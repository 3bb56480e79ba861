"""Every test runs in a home of its own; the model is fetched once."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from examples.smollm2 import fetch
from tests.minilm import fetch as fetch_minilm
from tests.tools import CACHE

# No deadline: a busy machine is not a bug. In CI the same examples each time, so that a red run can be repeated.
settings.register_profile("olbuild", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("olbuild")

# Several processes test on the same cores. Where threads of an engine spin when they wait for each other, a test may
# take twenty times the processor time, and those beside it wait. libgomp reads this once; commands inherit it.
os.environ.setdefault("GOMP_SPINCOUNT", "300")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: many tests wait for a server, a lock, or an end."""
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) + 1


_PERSONAL = ("OLBUILD_", "OLLAMA_", "XDG_", "LLAMA_")
_PERSONAL_NAMES = {
    "COLUMNS",
    "FORCE_COLOR",
    "NO_COLOR",
    "REGISTRY_AUTH_FILE",
    "SOURCE_DATE_EPOCH",
    *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("all_proxy", "http_proxy", "https_proxy", "no_proxy"),
}


@pytest.fixture(autouse=True, scope="session")
def usual_signals() -> None:
    """Let programs that tests start hear signals. In the background, where CI may run, shells let them be ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def hermetic_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty home, and nothing of the settings of whoever runs it. Returns that home."""
    for name in list(os.environ):
        if name in _PERSONAL_NAMES or name.startswith(_PERSONAL):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DOCKER_CONFIG", str(home / ".docker"))
    monkeypatch.setenv("OLBUILD_HOME", str(home / "olbuild"))
    monkeypatch.setenv("OLBUILD_OLLAMA_REGISTRY", "none")  # nothing is asked of the Internet
    return home


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """Return the path of SmolLM2-135M-Instruct, a real and small model. Never change this file."""
    return fetch(CACHE)


@pytest.fixture(scope="session")
def minilm() -> Path:
    """Return the path of all-MiniLM-L6-v2, a real and small model of embeddings. Never change this file."""
    return fetch_minilm(CACHE)
