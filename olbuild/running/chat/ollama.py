"""Messages in the shape that Go templates see, which is that of Ollama's own API.

OpenAI's API writes some things in another way; Ollama turns them into its own before a template sees them
(openai/openai.go, FromChatRequest), and so does this. Jinja templates get messages as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from olbuild.core.errors import UsageError

_OTHER_NAMES = {"tool_name": "name", "thinking": "reasoning_content"}


def as_ollama_has_it(messages: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return messages with their content as text, and the arguments of calls as objects.

    Raises:
        UsageError: if the arguments of a call are a text that is no JSON object.
    """
    return [_message(message, f"messages[{number}]") for number, message in enumerate(messages)]


def text_of(message: Mapping[str, object]) -> str:
    """Return the text of a message, whose content may come in parts."""
    content = message.get("content")
    if not isinstance(content, list | tuple):
        return content if isinstance(content, str) else ""
    texts = [part.get("text") for part in content if isinstance(part, Mapping)]
    return "".join(text for text in texts if isinstance(text, str))


def _message(message: Mapping[str, object], where: str) -> dict[str, object]:
    changed = {**message, "content": text_of(message)}
    for name, other in _OTHER_NAMES.items():
        changed[name] = message.get(name) or message.get(other)
    calls = message.get("tool_calls")
    if isinstance(calls, list | tuple):
        changed["tool_calls"] = [_call(call, f"{where}.tool_calls[{index}]") for index, call in enumerate(calls)]
    return changed


def _call(call: object, where: str) -> object:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(function, Mapping):
        return call
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        return call
    try:
        read = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise UsageError(f"{where}.function.arguments is text that is no JSON object")
    return {**call, "function": {**function, "arguments": read}}
