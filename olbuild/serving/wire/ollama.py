"""The requests of Ollama's API (ollama, ``api/types.go``), called as Ollama calls them."""

from __future__ import annotations

from typing import Any

import msgspec


class _Wire(msgspec.Struct, kw_only=True):
    """What all of them are."""


class _Asking(_Wire, kw_only=True):
    """What ``generate`` and ``chat`` share."""

    model: str = ""
    stream: bool | None = None
    format: Any = None
    keep_alive: Any = None
    options: dict[str, Any] = {}
    think: Any = None
    truncate: bool | None = None
    shift: bool | None = None
    logprobs: bool = False
    top_logprobs: int = 0
    debug_render_only: bool = msgspec.field(name="_debug_render_only", default=False)


class GenerateRequest(_Asking, kw_only=True):
    """``POST /api/generate``."""

    prompt: str = ""
    suffix: str = ""
    system: str | None = None
    template: str = ""
    context: list[int] = []
    raw: bool = False
    images: list[str] = []


class ToolCallFunction(_Wire, kw_only=True):
    """The function that a call names; its arguments are an object, or a text that holds one."""

    index: int = 0
    name: str = ""
    arguments: Any = None


class ToolCall(_Wire, kw_only=True):
    """A call that the assistant made."""

    id: str = ""
    function: ToolCallFunction = msgspec.field(default_factory=ToolCallFunction)


class Message(_Wire, kw_only=True):
    """A message of a conversation."""

    role: str = ""
    content: str = ""
    thinking: str = ""
    images: list[str] = []
    tool_calls: list[ToolCall] = []
    tool_name: str = ""
    tool_call_id: str = ""


class ChatRequest(_Asking, kw_only=True):
    """``POST /api/chat``; ``tool_choice`` and ``parallel_tool_calls`` are ours, and mean what they mean elsewhere."""

    messages: list[Message] = []
    tools: list[Any] = []
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None


class EmbedRequest(_Wire, kw_only=True):
    """``POST /api/embed``."""

    model: str = ""
    input: Any = None
    keep_alive: Any = None
    truncate: bool | None = None
    dimensions: int = 0
    options: dict[str, Any] = {}


class EmbeddingRequest(_Wire, kw_only=True):
    """``POST /api/embeddings``."""

    model: str = ""
    prompt: str = ""
    keep_alive: Any = None
    options: dict[str, Any] = {}


class ShowRequest(_Wire, kw_only=True):
    """``POST /api/show``."""

    model: str = ""
    name: str = ""
    system: str = ""
    template: str = ""
    verbose: bool = False
    options: dict[str, Any] = {}


class CopyRequest(_Wire, kw_only=True):
    """``POST /api/copy``."""

    source: str = ""
    destination: str = ""


class DeleteRequest(_Wire, kw_only=True):
    """``DELETE /api/delete``."""

    model: str = ""
    name: str = ""


class PullRequest(_Wire, kw_only=True):
    """``POST /api/pull``, and ``push``."""

    model: str = ""
    name: str = ""
    insecure: bool = False
    username: str = ""
    password: str = ""
    stream: bool | None = None


class PushRequest(PullRequest, kw_only=True):
    """``POST /api/push``."""


class CreateRequest(_Wire, kw_only=True):
    """``POST /api/create``."""

    model: str = ""
    name: str = ""
    stream: bool | None = None
    quantize: str = ""
    quantization: str = ""
    draft_quantize: str = ""
    from_: str = msgspec.field(name="from", default="")
    remote_host: str = ""
    files: dict[str, str] = {}
    draft_files: dict[str, str] = {}
    adapters: dict[str, str] | None = None
    template: str = ""
    license: Any = None
    system: str = ""
    parameters: dict[str, Any] = {}
    messages: list[Message] = []
    renderer: str = ""
    parser: str = ""
    requires: str = ""
    info: dict[str, Any] = {}
