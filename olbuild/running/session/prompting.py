"""From a request to the prompt that the model is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from olbuild.artifact.bundle import Bundle, Template
from olbuild.core.errors import UnsupportedError, UsageError
from olbuild.core.records import replace
from olbuild.running.chat import Choice, PlainMessage, PromptWriter, Think, conversation
from olbuild.running.jobs import Runtime
from olbuild.running.requests import Chat, Complete
from olbuild.running.session.pictures import Pictures, Prompt

Tokens = tuple[int, ...]


class Prompter:
    """Makes the prompts of one model. Safe to use from several threads."""

    def __init__(self, bundle: Bundle, writer: PromptWriter, runtime: Runtime) -> None:
        """Keep the parts."""
        self._bundle, self._writer, self._runtime = bundle, writer, runtime

    def of(self, request: Chat | Complete, think: Think, keep: int) -> Prompt:
        """Return the prompt of a request, cut to the context where the request allows it.

        Args:
            request: the request.
            think: whether to think.
            keep: tokens at the front that stay when one message alone is too long.

        Raises:
            FormatError: if the template is broken.
            UsageError: if the template refuses the conversation, the prompt is too long and may not be cut, or an image
                cannot be used.
            UnsupportedError: if the model cannot fill in the middle, and that is asked.
        """
        prompt = self.written(request, think)
        context = self._runtime.facts.context
        if len(prompt.tokens) <= context:
            return prompt
        if not request.truncate or prompt.parts:
            images = " with its images" if prompt.parts else ""
            raise UsageError(
                f"the prompt{images} has {len(prompt.tokens)} tokens, and the context holds {context}",
                hint="shorten it, or use a larger num_ctx",
            )
        return replace(prompt, tokens=without_middle(prompt.tokens, context, keep))

    def written(self, request: Chat | Complete, think: Think) -> Prompt:
        """Return the prompt of a request, without its oldest messages where the request allows it, however long it is.

        Raises:
            FormatError, UsageError, UnsupportedError: as ``of``, but not for its length.
        """
        pictures = Pictures(self._runtime)
        if isinstance(request, Chat):
            return self._chat(request, think, pictures)
        return self._complete(request, think, pictures)

    def conversation(self, messages: Sequence[PlainMessage]) -> str:
        """Return the prompt of a conversation as text, however long it is."""
        return self._writer.write(conversation(self._bundle, messages))

    def _chat(self, request: Chat, think: Think, pictures: Pictures) -> Prompt:
        tools = None if request.tool_choice == "none" else request.tools or None

        def write(messages: Sequence[PlainMessage]) -> str:
            return self._writer.write(messages, tools, think)

        messages = conversation(self._bundle, pictures.place(request.messages))
        return self._fitting(messages, lambda some: pictures.read(write(some)), drop=request.truncate)

    def _complete(self, request: Complete, think: Think, pictures: Pictures) -> Prompt:
        if request.raw:
            return pictures.read(pictures.raw(request.prompt, request.images))
        if request.suffix:
            return self._insert(request)
        bundle = self._bundle if request.system is None else replace(self._bundle, system=request.system or None)
        if request.context:
            bundle = replace(bundle, messages=())
        writer = self._writer
        if request.template:
            template = Template(text=request.template, language="go")
            writer = PromptWriter(Choice(template=template, origin="template"))
        before = self._runtime.detokenize(request.context) if request.context else ""
        question = {"role": "user", "content": pictures.raw(request.prompt, request.images)}
        return self._fitting(
            conversation(bundle, [question]),
            lambda messages: pictures.read(before + writer.write(messages, None, think)),
            drop=request.truncate,
        )

    def _insert(self, request: Complete) -> Prompt:
        text = self._writer.insert(request.prompt, request.suffix)
        if text is not None:
            return Prompt(text=text, tokens=self._runtime.tokenize(text))
        facts = self._runtime.facts
        if not facts.infills:
            raise UnsupportedError(
                "the model cannot fill in the middle: its template has no place for a suffix", capability="insert"
            )
        # A quarter of the context stays for what is filled in.
        most = facts.context * 3 // 4 if request.truncate else facts.context + 1
        tokens = self._runtime.infill(request.prompt, request.suffix, most)
        return Prompt(text=self._runtime.detokenize(tokens), tokens=tokens)

    def _fitting(
        self, messages: Sequence[PlainMessage], write: Callable[[Sequence[PlainMessage]], Prompt], *, drop: bool
    ) -> Prompt:
        """Write a prompt; if it is too long, without the oldest messages (Ollama, server/prompt.go).

        System messages stay, and the last message. The fewest that suffice are dropped.
        """
        prompt = write(messages)
        context = self._runtime.facts.context
        low, high = 0, len(messages) - 1  # so many are dropped: too few, and the most
        while drop and len(prompt.tokens) > context and high - low > 1:
            middle = (low + high) // 2
            if len(write(_behind(messages, middle)).tokens) > context:
                low = middle
            else:
                high = middle
        if drop and len(prompt.tokens) > context and high > 0:
            return write(_behind(messages, high))
        return prompt


def _behind(messages: Sequence[PlainMessage], count: int) -> list[PlainMessage]:
    """Return messages without the first ones, but for those of the system."""
    return [*(message for message in messages[:count] if message.get("role") == "system"), *messages[count:]]


def without_middle(tokens: Tokens, context: int, keep: int) -> Tokens:
    """Return tokens that fit and leave room for an answer: the first and the last ones (llama.cpp's context shift)."""
    keep = max(0, min(keep, context - 2))
    rest = context - keep - max((context - keep) // 2, 1)
    return (*tokens[:keep], *tokens[len(tokens) - rest :])
