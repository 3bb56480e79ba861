"""OpenAI's API: every path, and the shape of its errors."""

from __future__ import annotations

from olbuild.serving.server.openai import chat, completions, embeddings, models, responses
from olbuild.serving.server.openai.errors import shape
from olbuild.serving.server.routing import Api

API = Api(
    shape=shape,
    paths={
        "/v1/chat/completions": {"POST": chat.chat},
        "/v1/completions": {"POST": completions.completions},
        "/v1/embeddings": {"POST": embeddings.embeddings},
        "/v1/responses": {"POST": responses.responses},
        "/v1/models": {"GET": models.listed},
        "/v1/models/{name:path}": {"GET": models.one},
    },
)
