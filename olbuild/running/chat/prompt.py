"""Which template a model uses, and the prompt that it makes of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from olbuild.artifact.bundle import Bundle, Message, Template
from olbuild.running.engine.port import Facts

if TYPE_CHECKING:
    from olbuild.language.template import GoTemplate


def conversation(bundle: Bundle, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return all messages in order: system, the artifact's messages, then those that are given.

    A system message at the front of the given ones takes the place of the artifact's (Ollama, server/routes.go).
    """
    own = [messages[0]] if messages and messages[0].role == "system" else []
    system = own or ([Message(role="system", content=bundle.system)] if bundle.system else [])
    return (*system, *bundle.messages, *messages[len(own) :])


class PromptWriter:
    """Writes prompts with an artifact's template, or with the model's own where the artifact has none."""

    def __init__(self, template: Template | None) -> None:
        """Keep the artifact's template.

        Raises:
            FormatError: if it is in Go's language and cannot be parsed.
        """
        self._own = template
        self._go = _parse(template.text) if template is not None and template.language == "go" else None

    def write(self, messages: Sequence[Message], facts: Facts) -> str:
        """Return the prompt for a whole conversation, up to where the model shall go on.

        Without any template that is the contents of the messages, with blank lines between them.

        Raises:
            FormatError: if the template is broken, forbidden things included.
            UsageError: if the template refuses the conversation.
        """
        listed = [{"role": message.role, "content": message.content} for message in messages]
        if self._go is not None:
            from olbuild.language.template import render_go  # noqa: PLC0415 - not all models need it

            return render_go(self._go, listed, today=datetime.now().astimezone().date())
        template = self._own.text if self._own is not None else facts.template
        if template is None:
            return "\n\n".join(message.content for message in messages)
        from olbuild.running.chat.sandbox import render  # noqa: PLC0415 - loads jinja2, which not all models need

        variables: dict[str, object] = {
            "messages": listed,
            "tools": None,
            "documents": None,
            "add_generation_prompt": True,
            "bos_token": facts.bos,
            "eos_token": facts.eos,
        }
        return render(template, variables)


def _parse(text: str) -> GoTemplate:
    from olbuild.language.template import parse_template  # noqa: PLC0415 - loads lark, which not all models need

    return parse_template(text)
