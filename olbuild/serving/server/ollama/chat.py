"""``POST /api/chat``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.errors import UsageError
from olbuild.core.records import replace
from olbuild.running.requests import Chat
from olbuild.serving.server.context import Context
from olbuild.serving.server.ollama.answering import answered, debug, load
from olbuild.serving.server.ollama.asking import MODEL_REQUIRED, read_asked, read_images
from olbuild.serving.server.ollama.parts import said
from olbuild.serving.wire.binding import read
from olbuild.serving.wire.ollama import ChatRequest, Message, ToolCall


async def chat(context: Context, request: Request) -> Response:
    """Answer a conversation; without one, load the model, or unload it if it shall not stay."""
    wanted = await context.bodies.read(request, read, ChatRequest)
    asked = read_asked(context, request, wanted, MODEL_REQUIRED)
    if not wanted.messages:
        return await load(context, request, asked, said)
    question = Chat(
        messages=tuple(_message(each) for each in wanted.messages),
        tools=_tools(wanted.tools),
        tool_choice=_tool_choice(wanted.tool_choice),
        parallel=wanted.parallel_tool_calls is not False,
        **asked.wishes,
    )
    images = any(each.images for each in wanted.messages)
    needed = {"tools": wanted.tools, "thinking": asked.think, "vision": images}
    asked = replace(asked, needed=("completion", *(each for each, wish in needed.items() if wish)))
    if wanted.debug_render_only:
        return await debug(context, request, asked, question, {"message": {"role": "", "content": ""}})
    return await answered(context, request, asked, question, said)


def _message(message: Message) -> dict[str, object]:
    """Return a message as the templates have it; what is empty is left out, the content apart."""
    more: dict[str, object] = {
        "thinking": message.thinking,
        "images": list(read_images(message.images)),
        "tool_calls": [_call(each) for each in message.tool_calls],
        "tool_name": message.tool_name,
        "tool_call_id": message.tool_call_id,
    }
    said = {"role": message.role.lower(), "content": message.content}
    return said | {name: value for name, value in more.items() if value}


def _call(call: ToolCall) -> dict[str, object]:
    arguments = call.function.arguments
    if not isinstance(arguments, dict | str | None):
        raise UsageError("the arguments of a call must be an object")
    function = {"index": call.function.index, "name": call.function.name, "arguments": arguments or {}}
    return {"id": call.id, "type": "function", "function": function}


def _tools(tools: list[object]) -> tuple[dict[str, object], ...]:
    if not all(isinstance(each, dict) for each in tools):
        raise UsageError("json: cannot unmarshal into Go struct field ChatRequest.tools of type api.Tool")
    return tuple(each for each in tools if isinstance(each, dict))


def _tool_choice(choice: object) -> str:
    """Read ``tool_choice`` as OpenAI's clients send it: a word, or an object with the name of a function."""
    match choice:
        case None:
            return "auto"
        case str():
            return choice
        case {"function": {"name": str(name)}}:
            return name
        case _:
            raise UsageError("tool_choice must be auto, none, required, or name a function")
