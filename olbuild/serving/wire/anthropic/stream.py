"""From the events of a model to those of a stream; the whole answer grows beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from olbuild.running.requests import Call, Delta, Done
from olbuild.serving.wire.anthropic.answer import (
    MessageOut,
    StopReason,
    TextOut,
    ThinkingOut,
    ToolUseOut,
    Usage,
)
from olbuild.serving.wire.anthropic.events import (
    BlockDelta,
    BlockStart,
    BlockStop,
    Ending,
    Event,
    InputDelta,
    MessageDelta,
    MessageStart,
    MessageStop,
    TextDelta,
    ThinkingDelta,
)


class MessageStream:
    """Writes the events of one answer. A block is open until one of another kind begins."""

    def __init__(self, identifier: str, model: str, stops: Sequence[str] = ()) -> None:
        """Begin; ``stops`` are the stop texts of the request: only those are named as the reason of an end."""
        self.message = MessageOut(id=identifier, model=model)
        self._stops = frozenset(stops)
        self._open: TextOut | ThinkingOut | None = None
        self._text: list[str] = []

    def begin(self, prompt_tokens: int) -> Iterator[Event]:
        """Yield what comes before the model says anything."""
        used = Usage(input_tokens=prompt_tokens)
        yield MessageStart(message=msgspec.structs.replace(self.message, usage=used))

    def take(self, event: Delta | Done) -> Iterator[Event]:
        """Yield what an event of the model becomes."""
        if isinstance(event, Done):
            yield from self._end(event)
            return
        if event.thinking:
            if not isinstance(self._open, ThinkingOut):
                yield from self._begin(ThinkingOut())
            self._text.append(event.thinking)
            yield BlockDelta(index=self._index, delta=ThinkingDelta(thinking=event.thinking))
        if event.content:
            if not isinstance(self._open, TextOut):
                yield from self._begin(TextOut())
            self._text.append(event.content)
            yield BlockDelta(index=self._index, delta=TextDelta(text=event.content))
        for call in event.calls:
            yield from self._close()
            yield from self._call(call)

    @property
    def _index(self) -> int:
        """The number of the block that is open, or of the next one."""
        return len(self.message.content)

    def _begin(self, block: TextOut | ThinkingOut) -> Iterator[Event]:
        yield from self._close()
        self._open, self._text = block, []
        yield BlockStart(index=self._index, content_block=block)

    def _close(self) -> Iterator[Event]:
        match self._open:
            case TextOut():
                whole: TextOut | ThinkingOut = TextOut(text="".join(self._text))
            case ThinkingOut():
                whole = ThinkingOut(thinking="".join(self._text))
            case None:
                return
        yield BlockStop(index=self._index)
        self._open = None
        self._add(whole)

    def _call(self, call: Call) -> Iterator[Event]:
        index = self._index
        yield BlockStart(index=index, content_block=ToolUseOut(id=call.id, name=call.name))
        yield BlockDelta(index=index, delta=InputDelta(partial_json=call.arguments))
        yield BlockStop(index=index)
        self._add(ToolUseOut(id=call.id, name=call.name, input=_object(call.arguments)))

    def _add(self, block: TextOut | ThinkingOut | ToolUseOut) -> None:
        self.message = msgspec.structs.replace(self.message, content=[*self.message.content, block])

    def _end(self, done: Done) -> Iterator[Event]:
        if self._open is None and not self.message.content:
            yield from self._begin(TextOut())
        yield from self._close()
        ending = Ending(stop_reason=self._reason(done))
        if ending.stop_reason == "stop_sequence" and done.stop is not None:
            ending.stop_sequence = done.stop
        used = Usage(input_tokens=done.prompt_tokens, output_tokens=done.tokens)
        self.message = msgspec.structs.replace(
            self.message, usage=used, stop_reason=ending.stop_reason, stop_sequence=ending.stop_sequence
        )
        yield MessageDelta(delta=ending, usage=used)
        yield MessageStop()

    def _reason(self, done: Done) -> StopReason:
        if done.finish != "stop":
            return "max_tokens"
        if any(isinstance(block, ToolUseOut) for block in self.message.content):
            return "tool_use"
        return "stop_sequence" if done.stop in self._stops else "end_turn"


def _object(text: str) -> dict[str, Any]:
    """Return the arguments of a call. Parsers give nothing but objects; the end of an answer is no place to fail."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
