"""Rules about MESSAGE: the conversation that the model starts with."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Remark, rule


@rule(
    "OLB374",
    "message-order",
    "warning",
    reason="Models learnt conversations in which user and assistant take turns, and the system speaks first.",
    triggers="FROM llama3.2:3b\nMESSAGE assistant Hello\nMESSAGE user Hi\n",
    passes="FROM llama3.2:3b\nMESSAGE user Hi\nMESSAGE assistant Hello\n",
)
def message_order(subject: Subject) -> Iterator[Remark]:
    """Find the first message that is out of turn, and a question that nobody answers."""
    expected = "user"
    messages = [each for each in subject.settings.messages if each.role in {"system", "user", "assistant"}]
    for index, each in enumerate(messages):
        if each.role == "system":
            if index and messages[index - 1].role != "system":
                yield Remark(
                    span=each.place.span,
                    message="the system speaks in the middle of the conversation",
                    hint="write SYSTEM, or move it to the beginning",
                )
                return
        elif each.role != expected:
            message = f"the {each.role} speaks, and it is the {expected}'s turn"
            yield Remark(span=each.place.span, message=message, hint="let user and assistant take turns")
            return
        else:
            expected = "assistant" if expected == "user" else "user"
    if expected == "assistant":
        message = "the conversation ends with the user, and the next message is the user's again"
        yield Remark(span=messages[-1].place.span, message=message, hint="add the answer of the assistant")


@rule(
    "OLB375",
    "two-system-texts",
    "warning",
    reason="SYSTEM and MESSAGE system are both sent, and many templates have room for one.",
    triggers="FROM llama3.2:3b\nSYSTEM Be brief.\nMESSAGE system Be kind.\n",
    passes="FROM llama3.2:3b\nSYSTEM Be brief, and be kind.\n",
)
def two_system_texts(subject: Subject) -> Iterator[Remark]:
    """Find messages of the system beside SYSTEM."""
    if subject.settings.system is None or not subject.settings.system.text:
        return
    for each in subject.settings.messages:
        if each.role == "system":
            yield Remark(span=each.place.span, message="there is a SYSTEM, too", hint="say all of it in SYSTEM")


@rule(
    "OLB376",
    "empty-message",
    "warning",
    reason="A message without a text teaches the model to say nothing.",
    triggers='FROM llama3.2:3b\nMESSAGE user Hi\nMESSAGE assistant ""\n',
    passes="FROM llama3.2:3b\nMESSAGE user Hi\nMESSAGE assistant Hello\n",
)
def empty_message(subject: Subject) -> Iterator[Remark]:
    """Find messages of nothing but blanks."""
    for each in subject.settings.messages:
        if not (each.content or "").strip():
            yield Remark(span=each.place.span, message="the message is empty", hint="write a text, or remove it")


RULES = (message_order, two_system_texts, empty_message)
