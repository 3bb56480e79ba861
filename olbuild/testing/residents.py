"""Wishes for models that do not exist, for tests of managers with workers of ``olbuild.testing.echoworker``."""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.content import Descriptor
from olbuild.core.names import Digest
from olbuild.running.manager.port import Handle, Wanted
from olbuild.running.requests import Chat, Delta


def wanted(
    name: str = "a",
    size: int = 1000,
    *,
    options: Mapping[str, ParameterValue] | None = None,
    keep_alive: float | None = None,
    client: str = "",
) -> Wanted:
    """Return a wish for an echo that takes ``size`` bytes; echoes of other names are other models."""
    root = Descriptor(
        media_type="application/vnd.oci.image.manifest.v1+json", digest=Digest.of(name.encode()), size=size
    )
    return Wanted(name=name, root=root, options=options or {}, keep_alive=keep_alive, client=client)


def saying(text: str) -> Chat:
    """Return a request whose answer is a text, if an echo gets it."""
    return Chat(messages=({"role": "user", "content": text},))


async def answer(handle: Handle, text: str) -> str:
    """Return what an echo answers."""
    return "".join([event.content async for event in handle.ask(saying(text)) if isinstance(event, Delta)])
