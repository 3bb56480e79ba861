"""A whole answer, put together from its events."""

from __future__ import annotations

from dataclasses import dataclass, field

from olbuild.running.requests import Call, Delta, Done, TokenLogprob


@dataclass(slots=True)
class Collected:
    """What came so far; ``done`` once the end came."""

    content: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    done: Done | None = None

    def take(self, event: Delta | Done) -> None:
        """Add an event."""
        if isinstance(event, Done):
            self.done = event
            return
        self.content.append(event.content)
        self.thinking.append(event.thinking)
        self.calls += event.calls
        self.logprobs += event.logprobs

    @property
    def end(self) -> Done:
        """The end of an answer that is whole; one that someone closed was interrupted."""
        return self.done or Done(finish="interrupted")
