"""``POST /api/generate``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.errors import UsageError
from olbuild.core.records import replace
from olbuild.running.requests import Complete
from olbuild.serving.server.context import Context
from olbuild.serving.server.ollama.answering import answered, debug, load
from olbuild.serving.server.ollama.asking import Asked, read_asked, read_images
from olbuild.serving.server.ollama.parts import generated
from olbuild.serving.wire.binding import read
from olbuild.serving.wire.ollama import GenerateRequest


async def generate(context: Context, request: Request) -> Response:
    """Continue a prompt; without one, load the model, or unload it if it shall not stay."""
    wanted = await context.bodies.read(request, read, GenerateRequest)
    asked = read_asked(context, request, wanted, "invalid model name")
    if not wanted.prompt and asked.keep_alive == 0:
        return await load(context, request, asked, generated)
    question = _question(wanted, asked)
    asked = replace(asked, needed=_needed(wanted, asked))
    if not wanted.prompt:
        return await load(context, request, asked, generated)
    if wanted.debug_render_only:
        return await debug(context, request, asked, question, {"response": ""})
    return await answered(context, request, asked, question, generated)


def _question(wanted: GenerateRequest, asked: Asked) -> Complete:
    if wanted.raw and (wanted.template or wanted.system or wanted.context):
        raise UsageError("raw mode does not support template, system, or context")
    return Complete(
        prompt=wanted.prompt,
        suffix=wanted.suffix,
        system=wanted.system or None,
        template=wanted.template,
        raw=wanted.raw,
        context=tuple(wanted.context),
        images=read_images(wanted.images),
        **asked.wishes,
    )


def _needed(wanted: GenerateRequest, asked: Asked) -> tuple[str, ...]:
    needed = {"insert": wanted.suffix, "thinking": asked.think, "vision": wanted.images}
    return ("completion", *(each for each, wish in needed.items() if wish))
