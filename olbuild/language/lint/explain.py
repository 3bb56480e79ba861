"""A topic told in Markdown: what ``--explain`` prints, and what ``docs/rules.md`` is made of."""

from __future__ import annotations

from olbuild.language.lint.fixing import fix
from olbuild.language.lint.topic import Example, Topic
from olbuild.language.modelfile.decode import decode


def explain(topic: Topic) -> str:
    """Return what a code means, why it matters, an example of it, and one without it."""
    lines = [f"### {topic.code} {topic.name}", "", f"{topic.reason} ({_notes(topic)})", "", "Found in:", ""]
    lines += [*_block(topic.triggers), "", "Not found in:", "", *_block(topic.passes)]
    return "\n".join(lines) + "\n"


def _notes(topic: Topic) -> str:
    notes = {"error": "An error", "warning": "A warning", "note": "A note"}[topic.severity]
    return f"{notes}, and --fix mends it." if _mends(topic) else f"{notes}."


def _mends(topic: Topic) -> bool:
    example = topic.triggers
    return bool(fix(example.data, dialect=example.dialect, survey=lambda _: example.facts).applied)


def _block(example: Example) -> list[str]:
    text = decode(example.data).rstrip("\n")
    shown = text.replace("\r", "␍").replace("\ufeff", "").split("\n")
    return ["```text", *shown, "```"]
