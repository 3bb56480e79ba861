"""Images in requests."""

import base64

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.wire.attachments import Content, from_base64, from_data_url

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


def test_content_keeps_the_places_of_its_images() -> None:
    content = Content("\n", "Error: ")
    assert not Content("")
    for text in ("one", "two"):
        content.say(text)
    content.show(b"a")
    content.show(b"b")
    content.say("three")
    content.say("")
    content.say("four")
    content.show(b"c")
    text = "Error: one\ntwothree\n\nfour"
    assert content.fields == {"content": text, "images": [b"a", b"b", b"c"], "places": [14, 14, 25]}


def test_texts_alone_are_lines() -> None:
    content = Content("\n")
    for text in ("", "a", "b"):
        content.say(text)
    assert content.fields == {"content": "\na\nb"}
