"""Images and sound in a request: base64, with or without the URL around it."""

from __future__ import annotations

import base64
import binascii
import re

from olbuild.core.errors import UsageError

_URL = re.compile(r"data:(?:image/(?:jpeg|jpg|png|webp|gif|bmp))?;base64,", re.IGNORECASE)


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
