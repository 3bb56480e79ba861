"""Anthropic's API: every path, and the shape of its errors."""

from __future__ import annotations

from olbuild.serving.server.anthropic import messages
from olbuild.serving.server.routing import Api

API = Api(
    shape=messages.shape,
    paths={
        "/v1/messages": {"POST": messages.messages},
        "/v1/messages/count_tokens": {"POST": messages.count},
    },
)
