"""Images and sound in a request: base64, with or without the URL around it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from olbuild.core.errors import UsageError

_URL = re.compile(r"data:(?:image/(?:jpeg|jpg|png|webp|gif|bmp))?;base64,", re.IGNORECASE)


class Content:
    """The content of a message that comes in parts: one text, and where its images stand.

    Nothing is put between a text and an image, as llama-server does it (common/chat.cpp).

    Args:
        between: what joins texts that follow each other.
        front: what stands before the first part.
    """

    def __init__(self, between: str, front: str = "") -> None:
        """Begin without parts."""
        self._between = between
        self._text, self._images, self._places = front, list[bytes](), list[int]()
        self._says = False

    def say(self, text: str) -> None:
        """Add a text."""
        self._text += self._between + text if self._says else text
        self._says = True

    def show(self, image: bytes) -> None:
        """Add an image."""
        self._images.append(image)
        self._places.append(len(self._text))
        self._says = False

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a message: ``content``, and ``images`` with their ``places`` in it if there are any."""
        shown = {"images": self._images, "places": self._places} if self._images else {}
        return {"content": self._text, **shown}

    def __bool__(self) -> bool:
        """Whether there is a part."""
        return self._says or bool(self._text or self._images)


def from_base64(text: str, where: str) -> bytes:
    """Return the bytes that base64 stands for; ``where`` is the place in the request.

    Raises:
        UsageError: if it is none, or empty.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data:
        raise UsageError(f"{where} is no base64")
    return data


def from_data_url(url: str, where: str) -> bytes:
    """Return the image in a ``data:`` URL (RFC 2397).

    Raises:
        UsageError: if it is another kind of URL: nothing is fetched on behalf of a client.
    """
    if url[:8].lower().startswith(("http://", "https://")):
        raise UsageError(
            f"{where}: image URLs are not fetched here", hint="send the image itself, as data:image/png;base64,…"
        )
    match = _URL.match(url)
    if match is None:
        raise UsageError(f"{where}: invalid image input", hint="send it as data:image/png;base64,…")
    return from_base64(url[match.end() :], where)
