"""Server-sent events (WHATWG HTML, section 9.2): the stream format of the OpenAI and Anthropic APIs."""

from __future__ import annotations

import msgspec

DONE = b"data: [DONE]\n\n"
"""How a stream of the OpenAI API ends."""

_encoder = msgspec.json.Encoder()


def event(value: object, name: str | None = None) -> bytes:
    """Return an event whose data is a value as JSON; JSON has no line breaks, so one line of data is enough."""
    data = _encoder.encode(value)
    head = b"" if name is None else b"event: %s\n" % name.encode()
    return b"%sdata: %s\n\n" % (head, data)
