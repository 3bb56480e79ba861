"""Everything that ``check`` can report, in the order of the codes."""

from __future__ import annotations

from olbuild.language.lint import compiling, extensions, ignores, language, naming
from olbuild.language.lint.rules import (
    conversation,
    extended,
    files,
    origin,
    parameters,
    portability,
    ranges,
    secrets,
    stops,
    templates,
    texts,
    values,
)
from olbuild.language.lint.topic import Rule, Topic

RULES: tuple[Rule, ...] = (
    *files.RULES,
    *origin.RULES,
    *values.RULES,
    *ranges.RULES,
    *parameters.RULES,
    *stops.RULES,
    *templates.RULES,
    *portability.RULES,
    *texts.RULES,
    *conversation.RULES,
    *extended.RULES,
    *secrets.RULES,
)
"""The rules, each with the function that finds it."""

TOPICS: tuple[Topic, ...] = (
    *sorted(
        (*language.TOPICS, *compiling.TOPICS, *extensions.TOPICS, *naming.TOPICS, *RULES),
        key=lambda topic: topic.code,
    ),
    *ignores.TOPICS,
)
"""The rules, what the language itself reports, and what there is to say about comments that ignore a finding."""

_BY_CODE = {topic.code: topic for topic in TOPICS}


def topic(code: str) -> Topic:
    """Return what a code means.

    Raises:
        KeyError: if there is no such code.
    """
    return _BY_CODE[code]
