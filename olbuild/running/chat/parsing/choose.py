"""The parser for a request: by the model's PARSER, else by what its chat template shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from olbuild.running.chat.parsing.answer import Answer, Plain
from olbuild.running.chat.parsing.families.generic import GENERIC
from olbuild.running.chat.parsing.family import Situation
from olbuild.running.chat.parsing.port import Chosen, Thinking
from olbuild.running.chat.parsing.table import PARSERS, Named, family_of
from olbuild.running.chat.parsing.thinking import Tags, opened_tags, thinking_tags
from olbuild.running.chat.parsing.tools import Tools


def choose_parser(
    *,
    template: str | None,
    parser: str | None,
    tools: Sequence[Mapping[str, object]],
    think: bool | str | None,
    prompt: str,
) -> Chosen:
    """Choose the parser of an answer.

    Thoughts are looked for in the answers of models that think, unless ``think`` is false; those that the prompt has
    begun, or that are a channel of their own, are thoughts even then. Without tools, what looks like a call is text.

    Args:
        template: the text of the chat template, Go's or Jinja; ``None`` where it has not been used.
        parser: the name that PARSER gave; it wins. One that nobody knows is as none.
        tools: the tools that the answer may call.
        think: whether the model shall think.
        prompt: what the model continues.
    """
    named = PARSERS.get(parser or "")
    if named is not None and named.family is None:
        return Chosen(parser=Plain(), visible=frozenset(), call_syntax=GENERIC.name)
    family = named.family if named is not None and named.family is not None else family_of(template)
    tags = family.tags or (named.tags if named is not None else thinking_tags(template))
    if tags is None and template is not None:
        tags = opened_tags(prompt)
    opened = _is_opened(tags, prompt) or (named is not None and _begins_thinking(named, think))
    if think is False and not (opened or family.tags):
        tags = None
    callable_tools = Tools(tools if named is None or named.tools else ())
    visible = {*(family.controls if callable_tools or family.whole else ())}
    if tags is not None:
        visible |= {*tags.begins, *tags.ends}
    situation = Situation(tools=callable_tools, tags=tags, opened=opened)
    plain = not (callable_tools or tags or family.whole or family.dropped)
    return Chosen(
        parser=Plain() if plain else Answer(family, situation),
        visible=frozenset(visible),
        call_syntax=family.name,
        thinking=Thinking(tags.begins, tags.ends, opened, tags.before_calls) if tags else None,
    )


def _is_opened(tags: Tags | None, prompt: str) -> bool:
    return tags is not None and prompt.rstrip().endswith(tags.begins)


def _begins_thinking(named: Named, think: bool | str | None) -> bool:  # noqa: FBT001 - it has more values than two
    return named.begins_thinking and think is not False
