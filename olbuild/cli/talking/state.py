"""What a person has set for a conversation, and what was said in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import field

from olbuild.core.records import Mutable

if TYPE_CHECKING:
    from olbuild.artifact.bundle import ParameterValue
    from olbuild.running.requests import Chat, Grammar


class Talk(Mutable, kw_only=True):
    """A conversation.

    Attributes:
        system: a system text in place of the model's; ``None`` keeps that.
        parameters: parameters that win over the model's.
        format: what answers must look like.
        think: whether to think, or how much; ``None`` is the model's habit.
        hide_thinking: whether thoughts are left out.
        markdown: whether answers are drawn as Markdown.
        word_wrap: whether a terminal gets its lines broken between words.
        verbose: whether figures are shown.
        history: whether lines are kept for other conversations.
        messages: what was said, in the shape of the HTTP APIs; images are bytes.
    """

    system: str | None = None
    parameters: dict[str, ParameterValue] = field(default_factory=dict)
    format: Grammar | None = None
    think: bool | str | None = None
    hide_thinking: bool = False
    markdown: bool = False
    word_wrap: bool = True
    verbose: bool = False
    history: bool = True
    messages: list[dict[str, Any]] = field(default_factory=list)

    def request(self, asked: dict[str, Any]) -> Chat:
        """Return the request for an answer to one more message."""
        from olbuild.running.requests import Chat

        system = [] if self.system is None else [{"role": "system", "content": self.system}]
        return Chat(
            messages=(*system, *self.messages, asked),
            options=dict(self.parameters),
            format=self.format,
            think=self.think,
            truncate=bool(self.messages),  # a question alone is never cut in silence
            shift=True,  # and no answer ends in the middle because a long conversation has filled the context
        )

    def remember(self, asked: dict[str, Any], answer: str, thinking: str) -> None:
        """Add a message and its answer."""
        said = {"role": "assistant", "content": answer, **({"thinking": thinking} if thinking else {})}
        self.messages += [asked, said]
