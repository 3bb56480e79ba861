"""Ollama's API: every path, and the shape of its errors."""

from __future__ import annotations

from olbuild.serving.server.errors import Failure
from olbuild.serving.server.ollama import basic, blobs, chat, create, embed, generate, listing, managing, moving, show
from olbuild.serving.server.routing import Api


def shape(failure: Failure) -> object:
    """Return an error as Ollama has it."""
    return {"error": failure.message}


API = Api(
    shape=shape,
    paths={
        "/": {"GET": basic.root, "HEAD": basic.root},
        "/api/version": {"GET": basic.version, "HEAD": basic.version},
        "/api/status": {"GET": basic.status},
        "/api/me": {"POST": basic.me},
        "/api/signout": {"POST": basic.sign_out},
        "/api/generate": {"POST": generate.generate},
        "/api/chat": {"POST": chat.chat},
        "/api/embed": {"POST": embed.embed},
        "/api/embeddings": {"POST": embed.embeddings},
        "/api/tags": {"GET": listing.tags, "HEAD": listing.tags},
        "/api/ps": {"GET": listing.ps},
        "/api/show": {"POST": show.show},
        "/api/copy": {"POST": managing.copy},
        "/api/create": {"POST": create.create},
        "/api/blobs/{digest}": {"HEAD": blobs.head, "POST": blobs.post},
        "/api/pull": {"POST": moving.pull},
        "/api/push": {"POST": moving.push},
        "/api/delete": {"DELETE": managing.delete},
    },
)
