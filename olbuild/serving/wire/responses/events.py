"""The events of a stream. Each has a number; they count from 0."""

from __future__ import annotations

import msgspec

from olbuild.serving.wire.openai.logprobs import Logprob
from olbuild.serving.wire.responses.answer import OutputItem, OutputText, Response, SummaryText


class Event(msgspec.Struct, kw_only=True):
    """What all of them have besides their type."""

    sequence_number: int = 0

    @property
    def name(self) -> str:
        """The type, which is the name of the server-sent event, too."""
        return str(self.__struct_config__.tag)


class Created(Event, kw_only=True, tag="response.created"):
    """The request was read."""

    response: Response


class InProgress(Event, kw_only=True, tag="response.in_progress"):
    """The model works."""

    response: Response


class Completed(Event, kw_only=True, tag="response.completed"):
    """The end."""

    response: Response


class Failed(Event, kw_only=True, tag="response.failed"):
    """The end, by an error."""

    response: Response


class ErrorEvent(Event, kw_only=True, tag="error"):
    """An error."""

    message: str
    code: str | None = None
    param: str | None = None


class Placed(Event, kw_only=True):
    """What has a place in the output."""

    output_index: int


class ItemAdded(Placed, kw_only=True, tag="response.output_item.added"):
    """An item begins."""

    item: OutputItem


class ItemDone(Placed, kw_only=True, tag="response.output_item.done"):
    """An item is whole."""

    item: OutputItem


class InItem(Placed, kw_only=True):
    """What belongs to an item."""

    item_id: str


class InMessage(InItem, kw_only=True):
    """What belongs to a part of a message; there is only one part."""

    content_index: int = 0


class PartAdded(InMessage, kw_only=True, tag="response.content_part.added"):
    """The text of a message begins."""

    part: OutputText


class PartDone(InMessage, kw_only=True, tag="response.content_part.done"):
    """The text of a message is whole."""

    part: OutputText


class TextDelta(InMessage, kw_only=True, tag="response.output_text.delta"):
    """More text."""

    delta: str
    logprobs: list[Logprob]


class TextDone(InMessage, kw_only=True, tag="response.output_text.done"):
    """The whole text."""

    text: str
    logprobs: list[Logprob]


class InSummary(InItem, kw_only=True):
    """What belongs to thoughts; there is only one part."""

    summary_index: int = 0


class SummaryPartAdded(InSummary, kw_only=True, tag="response.reasoning_summary_part.added"):
    """Thoughts begin."""

    part: SummaryText


class SummaryPartDone(InSummary, kw_only=True, tag="response.reasoning_summary_part.done"):
    """Thoughts are whole."""

    part: SummaryText


class SummaryDelta(InSummary, kw_only=True, tag="response.reasoning_summary_text.delta"):
    """More thoughts."""

    delta: str


class SummaryDone(InSummary, kw_only=True, tag="response.reasoning_summary_text.done"):
    """The whole thoughts."""

    text: str


class ArgumentsDelta(InItem, kw_only=True, tag="response.function_call_arguments.delta"):
    """More of the arguments of a call; they come at once."""

    delta: str


class ArgumentsDone(InItem, kw_only=True, tag="response.function_call_arguments.done"):
    """The whole arguments of a call."""

    name: str
    arguments: str
