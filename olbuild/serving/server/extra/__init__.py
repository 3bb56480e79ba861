"""What none of the large APIs has; errors have the shape of the OpenAI API, as llama.cpp's server has them."""

from __future__ import annotations

from olbuild.serving.server.extra import infill, rerank, tokens
from olbuild.serving.server.openai.errors import shape
from olbuild.serving.server.routing import Api

API = Api(
    shape=shape,
    paths={
        "/api/tokenize": {"POST": tokens.tokenize},
        "/api/detokenize": {"POST": tokens.detokenize},
        "/api/rerank": {"POST": rerank.rerank},
        "/v1/rerank": {"POST": rerank.rerank},
        "/rerank": {"POST": rerank.rerank},
        "/infill": {"POST": infill.infill},
    },
)
