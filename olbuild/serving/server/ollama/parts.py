"""Parts of an answer as Ollama writes them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from olbuild.running.requests import Alternative, Call, Delta, TokenLogprob


def generated(delta: Delta, called: int) -> dict[str, object]:
    """Say a part of an answer as ``generate`` does."""
    parts: dict[str, object] = {"response": delta.content}
    if delta.thinking:
        parts["thinking"] = delta.thinking
    if delta.calls:
        parts["tool_calls"] = _calls(delta.calls, called)
    return _with_logprobs(parts, delta)


def said(delta: Delta, called: int) -> dict[str, object]:
    """Say a part of an answer as ``chat`` does."""
    message: dict[str, object] = {"role": "assistant", "content": delta.content}
    if delta.thinking:
        message["thinking"] = delta.thinking
    if delta.calls:
        message["tool_calls"] = _calls(delta.calls, called)
    return _with_logprobs({"message": message}, delta)


def _with_logprobs(parts: dict[str, object], delta: Delta) -> dict[str, object]:
    if delta.logprobs:
        parts["logprobs"] = [_token(each) for each in delta.logprobs]
    return parts


def _calls(calls: Sequence[Call], before: int) -> list[object]:
    return [
        {
            "id": call.id,
            "function": {"index": index, "name": call.name, "arguments": msgspec.Raw(call.arguments.encode())},
        }
        for index, call in enumerate(calls, before)
    ]


def _token(token: TokenLogprob) -> dict[str, object]:
    return {
        **_alternative(token),
        **({"top_logprobs": [_alternative(each) for each in token.top]} if token.top else {}),
    }


def _alternative(token: Alternative) -> dict[str, object]:
    return {"token": token.token, "logprob": token.logprob, **({"bytes": list(token.data)} if token.data else {})}
