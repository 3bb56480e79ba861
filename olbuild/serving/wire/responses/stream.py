"""From the events of a model to those of a stream; the whole answer is what the last one of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import msgspec

from olbuild.running.requests import Call, Delta, Done, TokenLogprob
from olbuild.serving.wire.openai.logprobs import Logprob, entries
from olbuild.serving.wire.responses.answer import (
    CallItem,
    InputDetails,
    MessageItem,
    OutputDetails,
    OutputItem,
    OutputText,
    ReasoningItem,
    Response,
    ResponseError,
    ResponseUsage,
    Status,
    SummaryText,
)
from olbuild.serving.wire.responses.events import (
    ArgumentsDelta,
    ArgumentsDone,
    Completed,
    Created,
    ErrorEvent,
    Event,
    Failed,
    InProgress,
    ItemAdded,
    ItemDone,
    PartAdded,
    PartDone,
    SummaryDelta,
    SummaryDone,
    SummaryPartAdded,
    SummaryPartDone,
    TextDelta,
    TextDone,
)


class ResponseStream:
    """Writes the events of one answer. An item is open until one of another kind begins."""

    def __init__(
        self, response: Response, fresh: Callable[[str], str], clock: Callable[[], int], alternatives: int | None
    ) -> None:
        """Begin.

        Args:
            response: as ``begun`` made it.
            fresh: makes a name that begins with a prefix.
            clock: says the time, in seconds since 1970.
            alternatives: how many go with each token; ``None`` is without log-probabilities.
        """
        self.response = response
        self._fresh, self._clock, self._alternatives = fresh, clock, alternatives
        self._numbers = count()
        self._open: MessageItem | ReasoningItem | None = None
        self._text: list[str] = []
        self._logprobs: list[Logprob] = []

    def begin(self) -> Iterator[Event]:
        """Yield what comes before the model says anything."""
        yield self._numbered(Created(response=self.response))
        yield self._numbered(InProgress(response=self.response))

    def take(self, event: Delta | Done) -> Iterator[Event]:
        """Yield what an event of the model becomes."""
        if isinstance(event, Done):
            yield from self._end(event)
            return
        if event.thinking:
            yield from self._think(event.thinking)
        if event.content or event.logprobs:
            yield from self._say(event.content, event.logprobs)
        for call in event.calls:
            yield from self._close()
            yield from self._call(call)

    def fail(self, message: str) -> Iterator[Event]:
        """Yield the end of an answer that an error ended."""
        yield self._numbered(ErrorEvent(message=message, code="server_error"))
        self._finish("failed", error=ResponseError(message=message))
        yield self._numbered(Failed(response=self.response))

    def _think(self, text: str) -> Iterator[Event]:
        if not isinstance(self._open, ReasoningItem):
            yield from self._close()
            yield from self._add(ReasoningItem(id=self._fresh("rs_"), summary=[]))
            yield self._numbered(SummaryPartAdded(**self._place, part=SummaryText()))
        self._text.append(text)
        yield self._numbered(SummaryDelta(**self._place, delta=text))

    def _say(self, text: str, tokens: Sequence[TokenLogprob]) -> Iterator[Event]:
        if not isinstance(self._open, MessageItem):
            yield from self._close()
            yield from self._add(MessageItem(id=self._fresh("msg_"), status="in_progress", content=[]))
            yield self._numbered(PartAdded(**self._place, part=OutputText()))
        logprobs = [] if self._alternatives is None else entries(tokens, self._alternatives)
        self._text.append(text)
        self._logprobs += logprobs
        if text or logprobs:
            yield self._numbered(TextDelta(**self._place, delta=text, logprobs=logprobs))

    def _call(self, call: Call) -> Iterator[Event]:
        item = CallItem(id=self._fresh("fc_"), call_id=call.id, name=call.name, arguments="", status="in_progress")
        index = len(self.response.output)
        yield self._numbered(ItemAdded(output_index=index, item=item))
        place: dict[str, Any] = {"output_index": index, "item_id": item.id}
        yield self._numbered(ArgumentsDelta(**place, delta=call.arguments))
        yield self._numbered(ArgumentsDone(**place, name=call.name, arguments=call.arguments))
        whole = msgspec.structs.replace(item, arguments=call.arguments, status="completed")
        yield self._done(whole)

    def _add(self, item: MessageItem | ReasoningItem) -> Iterator[Event]:
        self._open, self._text, self._logprobs = item, [], []
        yield self._numbered(ItemAdded(output_index=len(self.response.output), item=item))

    def _close(self) -> Iterator[Event]:
        """Yield the end of the item that is open, if one is."""
        match self._open:
            case MessageItem() as message:
                part = OutputText(text="".join(self._text), logprobs=self._logprobs)
                yield self._numbered(TextDone(**self._place, text=part.text, logprobs=self._logprobs))
                yield self._numbered(PartDone(**self._place, part=part))
                yield self._done(msgspec.structs.replace(message, status="completed", content=[part]))
            case ReasoningItem() as thoughts:
                summary = SummaryText(text="".join(self._text))
                yield self._numbered(SummaryDone(**self._place, text=summary.text))
                yield self._numbered(SummaryPartDone(**self._place, part=summary))
                yield self._done(msgspec.structs.replace(thoughts, summary=[summary]))
            case None:
                pass
        self._open = None

    def _done(self, item: OutputItem) -> Event:
        index = len(self.response.output)
        self.response = msgspec.structs.replace(self.response, output=[*self.response.output, item])
        return self._numbered(ItemDone(output_index=index, item=item))

    def _end(self, done: Done) -> Iterator[Event]:
        """Yield the end. An answer that became too long is ``completed`` as well, and nothing was cached, as in Ollama.

        OpenAI's Python client has no final response of a stream that ends with ``response.incomplete``.
        """
        if self._open is None and not self.response.output:
            yield from self._say("", ())
        yield from self._close()
        used = ResponseUsage(
            input_tokens=done.prompt_tokens,
            output_tokens=done.tokens,
            total_tokens=done.prompt_tokens + done.tokens,
            input_tokens_details=InputDetails(),
            output_tokens_details=OutputDetails(),
        )
        self._finish("completed", usage=used, completed_at=self._clock())
        yield self._numbered(Completed(response=self.response))

    def _finish(self, status: Status, **changes: object) -> None:
        self.response = msgspec.structs.replace(self.response, status=status, **changes)

    @property
    def _place(self) -> dict[str, Any]:
        """Where the item that is open stands."""
        return {"output_index": len(self.response.output), "item_id": self._open.id if self._open else ""}

    def _numbered(self, event: Event) -> Event:
        event.sequence_number = next(self._numbers)
        return event
