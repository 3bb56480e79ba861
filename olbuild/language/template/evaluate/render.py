"""A conversation through a Go template, exactly as Ollama renders it (template/template.go, Execute)."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeAlias, cast

from olbuild.core.errors import FormatError
from olbuild.core.text import Span
from olbuild.language.template.codes import Code
from olbuild.language.template.evaluate.cut import cut_at_response
from olbuild.language.template.evaluate.run import Run, Step
from olbuild.language.template.evaluate.statements import body
from olbuild.language.template.go import schema
from olbuild.language.template.go.errors import GoError, TooMuch
from olbuild.language.template.go.values import ANY_MAP, INVALID, Map, Slice, Struct, Value
from olbuild.language.template.parts import TEXT, Part
from olbuild.language.template.syntax.nodes import Text
from olbuild.language.template.syntax.parse import GoTemplate

Think: TypeAlias = bool | str | None
"""Whether the model shall think, or how much (``low``, ``medium``, ``high``); None if the user did not say."""

_BROKEN = re.compile("[\ud800-\udfff]")


class TemplateFailure(FormatError):
    """A template failed while it was rendered; carries one diagnostic (OLB158, or OLB159 if it spent too much)."""


class _Program:
    """A template as Python functions. The last turn has functions of its own, made when they are needed."""

    def __init__(self, template: GoTemplate, *, noting: bool) -> None:
        self._template, self._noting = template, noting
        self.bodies: dict[str, Step] = {
            name: body(nodes, noting=noting) for name, nodes in template.definitions.items()
        }
        self._last: Step | None = None

    @property
    def last(self) -> Step:
        if self._last is None:
            self._last = body(cut_at_response(self._template.body), noting=self._noting)
        return self._last


@lru_cache(maxsize=16)
def _program(template: GoTemplate) -> _Program:
    return _Program(template, noting=False)


def render_go(
    template: GoTemplate,
    messages: Sequence[Mapping[str, object]],
    *,
    today: date,
    tools: Sequence[Mapping[str, object]] | None = None,
    system: str | None = None,
    think: Think = None,
    prompt: str = "",
    suffix: str = "",
) -> str:
    """Render a conversation.

    Messages and tools are in the shape of Ollama's HTTP API: ``role``, ``content``, ``thinking``, ``images`` (bytes),
    ``tool_calls``, ``tool_name``, ``tool_call_id``. ``system`` is put in front as one more message. With a prompt *and*
    a suffix the template fills in the middle, and the messages do not count. ``today`` is what ``currentDate``
    prints; Ollama takes the machine's date.

    Raises:
        TemplateFailure: if the template fails, or spends more than it may.
    """
    executor = _Executor(template, _program(template), today)
    _run(executor, messages, tools=tools, system=system, think=think, insert=(prompt, suffix))
    return executor.text


def explain_go(
    template: GoTemplate,
    messages: Sequence[Mapping[str, object]],
    *,
    today: date,
    tools: Sequence[Mapping[str, object]] | None = None,
    think: Think = None,
) -> tuple[Part, ...]:
    """Render a conversation as ``render_go`` does, and say what made each part; the parts together are that text."""
    executor = _Executor(template, _Program(template, noting=True), today)
    _run(executor, messages, tools=tools, system=None, think=think, insert=("", ""))
    return executor.parts


def _run(
    executor: _Executor,
    messages: Sequence[Mapping[str, object]],
    *,
    tools: Sequence[Mapping[str, object]] | None,
    system: str | None,
    think: Think,
    insert: tuple[str, str],
) -> None:
    head = [] if system is None else [{"role": "system", "content": system}]
    joined, collated = _collate([*head, *messages])
    flags: dict[str, Value] = {
        "Think": bool(think),
        "ThinkLevel": think if isinstance(think, str) else "",
        "IsThinkSet": think is not None,
    }
    prompt, suffix = insert
    if prompt and suffix:
        executor.run({"Prompt": prompt, "Suffix": suffix, "Response": "", **flags})
    elif executor.template.uses_messages:
        listed = cast("list[Value]", collated) if collated else None
        data: dict[str, Value] = {"System": joined, "Messages": Slice(schema.MESSAGES_TYPE, listed)}
        executor.run({**data, "Tools": schema.tools(tools), "Response": "", **flags})
    else:
        _turn_by_turn(executor, collated, flags)


def _collate(messages: Sequence[Mapping[str, object]]) -> tuple[str, list[Struct]]:
    """Return all system messages in one, and the messages, those of one role (but tools') that follow joined."""
    system: list[str] = []
    collated: list[Struct] = []
    role: Value = None
    for plain in messages:
        message = schema.message(plain)
        values = message.values
        if values["Role"] == "system":
            system.append(cast("str", values["Content"]))
        if values["Role"] == role and role != "tool":
            before = collated[-1].values
            before["Content"] = f"{before['Content']}\n\n{values['Content']}"
        else:
            collated.append(message)
            role = values["Role"]
    return "\n\n".join(system), collated


def _turn_by_turn(executor: _Executor, messages: list[Struct], flags: dict[str, Value]) -> None:
    """Render a template that knows nothing of messages once for each turn, and the last turn up to ``.Response``."""
    empty: dict[str, Value] = {"System": "", "Prompt": "", "Response": ""}
    turn = dict(empty)
    for message in messages:
        role, content = message.values["Role"], message.values["Content"]
        full = (role == "system" and (turn["Prompt"] or turn["Response"])) or (role == "user" and turn["Response"])
        if full:
            executor.run({**turn, **flags})
            turn = dict(empty)
        field = {"system": "System", "user": "Prompt", "assistant": "Response"}.get(cast("str", role))
        if field:
            turn[field] = content
    executor.run_last({**turn, **flags})


class _Executor:
    """Runs a template, perhaps several times, into one text. All runs together spend one budget."""

    def __init__(self, template: GoTemplate, program: _Program, today: date) -> None:
        self.template = template
        self._program = program
        self._run = Run(bodies=self._program.bodies, today=today)

    def run(self, data: dict[str, Value]) -> None:
        """Run the whole template."""
        self._execute(self._program.bodies[""], data)

    def run_last(self, data: dict[str, Value]) -> None:
        """Run it up to ``.Response``, in Go's default for keys that are missing, as Ollama does there.

        Ollama also loses the functions and definitions of its own there and fails when one is called. Not so here.
        """
        self._run.missing = INVALID
        self._execute(self._program.last, data)

    def _execute(self, step: Step, data: dict[str, Value]) -> None:
        dot = Map(ANY_MAP, data)
        run = self._run
        run.names, run.values = ["$"], [dot]
        try:
            step(run, dot)
        except GoError as error:
            raise self._failure(error) from None
        except RecursionError:
            raise self._failure(TooMuch("it is nested too deeply")) from None

    def _failure(self, error: GoError) -> TemplateFailure:
        code = Code.TOO_MUCH if isinstance(error, TooMuch) else Code.EXECUTION
        failure = TemplateFailure(f"the template {self.template.source.name} fails: {error}")
        return failure.at(error.span or Span(self.template.source, 0, 0), code)

    @property
    def text(self) -> str:
        """The text of all runs; bytes that are no characters are replaced, as JSON does with them."""
        text = "".join(self._run.output)
        if text.isascii() or not _BROKEN.search(text):
            return text
        return _BROKEN.sub("\ufffd", text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The text in parts. A character of several bytes belongs to the part that has its last one."""
        run = self._run
        decoder = getincrementaldecoder("utf-8")("surrogateescape")
        last = len(run.output) - 1
        parts = []
        for index, (piece, node) in enumerate(zip(run.output, run.notes, strict=True)):
            text = decoder.decode(piece.encode("utf-8", "surrogateescape"), final=index == last)
            if text:
                line, column = self.template.source.position(node.span.start)
                kind = TEXT if isinstance(node, Text) else node.span.text or ".Response"
                parts.append(Part(_BROKEN.sub("\ufffd", text), line, column, kind))
        return tuple(parts)
