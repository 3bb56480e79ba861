"""What clients are told of errors: the status by the kind, and neither paths nor secrets."""

import pytest

from olbuild.core import errors
from olbuild.core.errors import BusyError, OlbuildError, UnsupportedError
from olbuild.serving.server.errors import Problem, clean, failure_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UsageError("x"), 400),
        (UnsupportedError("x", capability="tools"), 400),
        (errors.NotFoundError("x"), 404),
        (errors.RefusedError("x"), 403),
        (errors.PolicyError("x"), 403),
        (errors.RegistryError("x"), 502),
        (BusyError("x", retry_after=0.1), 503),
        (errors.ResourceError("x"), 500),
        (errors.FormatError("x"), 500),
        (errors.StoreError("x"), 500),
        (errors.EngineError("x"), 500),
        (OlbuildError("x"), 500),
        (Problem(501, "x"), 501),
    ],
)
def test_the_kind_decides(error: Exception, status: int) -> None:
    assert (failure_of(error).status, failure_of(error).message) == (status, "x")


def test_a_hint_is_told_and_a_busy_server_says_when() -> None:
    failure = failure_of(BusyError("full", retry_after=2.1, hint="wait"))
    assert (failure.message, failure.headers) == ("full; wait", {"Retry-After": "3"})


def test_what_nobody_foresaw_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    failure = failure_of(KeyError("/home/me/secret"))
    assert failure.status == 500
    assert "secret" not in failure.message
    assert "a request failed" in caplog.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cannot read /home/me/olbuild/store/index.json: denied", "cannot read index.json: denied"),
        ("in '/tmp/x/y'", "in 'y'"),
        ("~/.ollama/models/x is gone", "x is gone"),
        ("$HOME/a/b is gone", "b is gone"),
        ("GET https://ada:secret@ghcr.io/v2/a/b failed", "GET https://ghcr.io/v2/a/b failed"),
        ("model 'a/b:c' not found", "model 'a/b:c' not found"),
        ("unsupported media type application/json", "unsupported media type application/json"),
        ("1/2 of it", "1/2 of it"),
    ],
)
def test_paths_and_secrets_stay_here(text: str, told: str) -> None:
    assert clean(text) == told
