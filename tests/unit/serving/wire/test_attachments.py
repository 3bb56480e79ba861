"""Images in requests."""

import base64

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.wire.attachments import from_base64, from_data_url

DATA = b"\x89PNG"
ENCODED = base64.b64encode(DATA).decode()


@pytest.mark.parametrize("head", ["data:image/png;base64,", "data:image/jpeg;base64,", "data:;base64,"])
def test_data_urls(head: str) -> None:
    assert from_data_url(head + ENCODED, "$") == DATA


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png",
        "HTTP://169.254.169.254/latest",
        "file:///etc/passwd",
        "data:text/html;base64,AAAA",
        "data:image/png,raw",
        "data:image/png;base64,",
        "data:image/png;base64,!!!!",
        ENCODED,
    ],
)
def test_nothing_else_is_an_image(url: str) -> None:
    with pytest.raises(UsageError, match=r"\$\.x"):
        from_data_url(url, "$.x")


def test_base64_is_checked() -> None:
    assert from_base64(ENCODED, "$") == DATA
    with pytest.raises(UsageError):
        from_base64("ä", "$")
