"""Which template a model uses, and the prompt that it makes of a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.artifact.bundle import Bundle, Message
from olbuild.core.errors import OlbuildError
from olbuild.running.engine.port import Facts


def artifact_template(bundle: Bundle) -> str | None:
    """Return the Jinja template that an artifact brings, if it brings one.

    Raises:
        OlbuildError: if its template is in Go's language.
    """
    if bundle.template is None:
        return None
    if bundle.template.language == "go":
        raise OlbuildError(
            "the model has a TEMPLATE in Go's template language, and running that needs the template compiler,"
            " which this version of olbuild does not have yet",
            hint="write the template in Jinja, or UNSET it to use the one in the weights",
        )
    return bundle.template.text


def conversation(bundle: Bundle, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return all messages in order: system, the artifact's messages, then those that are given.

    A system message at the front of the given ones takes the place of the artifact's (Ollama, server/routes.go).
    """
    own = [messages[0]] if messages and messages[0].role == "system" else []
    system = own or ([Message(role="system", content=bundle.system)] if bundle.system else [])
    return (*system, *bundle.messages, *messages[len(own) :])


class PromptWriter:
    """Writes prompts for one model."""

    def __init__(self, template: str | None, facts: Facts) -> None:
        """Keep the template; None means plain continuation."""
        self._template, self._facts = template, facts

    def write(self, messages: Sequence[Message]) -> str:
        """Return the prompt for a whole conversation, up to where the model shall go on.

        Without a template that is the contents of the messages, with blank lines between them.

        Raises:
            FormatError: if the template is broken, forbidden things included.
            UsageError: if the template refuses the conversation.
        """
        if self._template is None:
            return "\n\n".join(message.content for message in messages)
        from olbuild.running.chat.sandbox import render  # noqa: PLC0415 - loads jinja2, which not all models need

        variables: dict[str, object] = {
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "tools": None,
            "documents": None,
            "add_generation_prompt": True,
            "bos_token": self._facts.bos,
            "eos_token": self._facts.eos,
        }
        return render(self._template, variables)
