"""The prompt that a template makes of a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from olbuild.artifact.bundle import Bundle, Template
from olbuild.running.chat.choice import Choice
from olbuild.running.chat.ollama import as_ollama_has_it, text_of
from olbuild.running.chat.wanting import in_parts, wants_parts

if TYPE_CHECKING:
    from olbuild.language.template import GoTemplate, Part

PlainMessage: TypeAlias = Mapping[str, object]
"""A message as the HTTP APIs have it: ``role``, ``content``, and whatever else a template may ask for."""

Tools: TypeAlias = Sequence[Mapping[str, object]] | None
"""The tools that the model may call, as the HTTP APIs have them."""

Think: TypeAlias = bool | str | None
"""Whether the model shall think, or how much (``low``, ``medium``, ``high``); None if nobody said."""


def conversation(bundle: Bundle, messages: Sequence[PlainMessage]) -> tuple[PlainMessage, ...]:
    """Return all messages in order: system, the artifact's messages, then those that are given.

    A system message at the front of the given ones takes the place of the artifact's (Ollama, server/routes.go).
    """
    own = [messages[0]] if messages and messages[0].get("role") == "system" else []
    system = own or ([{"role": "system", "content": bundle.system}] if bundle.system else [])
    shown = [{"role": message.role, "content": message.content} for message in bundle.messages]
    return (*system, *shown, *messages[len(own) :])


class PromptWriter:
    """Writes prompts with the template that was chosen. ``bos`` and ``eos`` begin and end a sequence."""

    def __init__(self, choice: Choice, *, bos: str = "", eos: str = "") -> None:
        """Keep the template.

        Raises:
            FormatError: if it is in Go's language and cannot be parsed.
        """
        self._template, self._tokens = choice.template, {"bos_token": bos, "eos_token": eos}
        self._go = _parse(choice.template.text) if choice.template and choice.template.language == "go" else None

    @property
    def template(self) -> Template | None:
        """The template, if there is one."""
        return self._template

    def write(self, messages: Sequence[PlainMessage], tools: Tools = None, think: Think = None) -> str:
        """Return the prompt for a whole conversation, up to where the model shall go on.

        Without any template that is the contents of the messages, with blank lines between them.

        Raises:
            FormatError: if the template is broken, forbidden things included.
            UsageError: if the template refuses the conversation.
        """
        if self._go is not None:
            from olbuild.language.template import render_go  # noqa: PLC0415 - not all models need it

            return render_go(self._go, as_ollama_has_it(messages), today=_today(), tools=tools, think=think)
        if self._template is None:
            return "\n\n".join(text_of(message) for message in messages)
        from olbuild.running.chat.sandbox import render  # noqa: PLC0415 - loads jinja2, which not all models need

        return render(self._template.text, self._variables(messages, tools, think))

    def insert(self, prompt: str, suffix: str) -> str | None:
        """Return the prompt for what stands between two texts; ``None`` if the template has no place for a suffix.

        Raises:
            FormatError: if the template is broken.
        """
        if self._go is None or "suffix" not in self._go.names:
            return None
        from olbuild.language.template import render_go  # noqa: PLC0415

        return render_go(self._go, (), today=_today(), prompt=prompt, suffix=suffix)

    def explain(self, messages: Sequence[PlainMessage], tools: Tools = None, think: Think = None) -> tuple[Part, ...]:
        """Return the prompt in parts, each with the part of the template that made it.

        Raises:
            FormatError, UsageError: as ``write`` does.
        """
        if self._go is not None:
            from olbuild.language.template import explain_go  # noqa: PLC0415

            return explain_go(self._go, as_ollama_has_it(messages), today=_today(), tools=tools, think=think)
        if self._template is None:
            return _plain(messages)
        from olbuild.running.chat.explain import explain  # noqa: PLC0415

        return explain(self._template.text, self._variables(messages, tools, think))

    def _variables(self, messages: Sequence[PlainMessage], tools: Tools, think: Think) -> dict[str, object]:
        parts = self._template is not None and wants_parts(self._template.text)
        variables: dict[str, object] = {
            "messages": [in_parts(message) if parts else dict(message) for message in messages],
            "tools": None if tools is None else list(tools),
            "documents": None,
            "add_generation_prompt": True,
            **self._tokens,
        }
        if think is not None:
            variables["enable_thinking"] = bool(think)
        if isinstance(think, str):
            variables["reasoning_effort"] = think
        return variables


def _plain(messages: Sequence[PlainMessage]) -> tuple[Part, ...]:
    from olbuild.language.template.parts import Part  # noqa: PLC0415

    parts = []
    for number, message in enumerate(messages):
        between = [Part("\n\n", 0, 0, "between messages")] if number else []
        parts += [*between, Part(text_of(message), 0, 0, f"messages[{number}].content")]
    return tuple(part for part in parts if part.text)


@lru_cache(maxsize=4)
def _parse(text: str) -> GoTemplate:
    from olbuild.language.template import parse_template  # noqa: PLC0415 - loads lark, which not all models need

    return parse_template(text)


def _today() -> date:
    return datetime.now().astimezone().date()
