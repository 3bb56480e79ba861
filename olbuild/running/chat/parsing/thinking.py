"""What is written around thoughts, and how a chat template tells it."""

from __future__ import annotations

from olbuild.core.records import Frozen


class Tags(Frozen, kw_only=True):
    """The texts that begin and end thoughts; the first of each is what templates write.

    Attributes:
        begins: what begins them.
        ends: what ends them.
        anywhere: whether they may stand anywhere in an answer, and not only in front of it.
        before_calls: what ends them where a call follows, if that is something else.
    """

    begins: tuple[str, ...]
    ends: tuple[str, ...]
    anywhere: bool = False
    before_calls: tuple[str, ...] = ()


THINK = Tags(begins=("<think>",), ends=("</think>",))

TAGS = (
    Tags(begins=("<|channel>thought",), ends=("<channel|>",), anywhere=True),
    Tags(begins=("<|START_THINKING|>",), ends=("<|END_THINKING|>",), anywhere=True),
    Tags(begins=("[THINK]",), ends=("[/THINK]",), anywhere=True),
    Tags(begins=("<seed:think>",), ends=("</seed:think>",)),
    Tags(begins=("<mm:think>",), ends=("</mm:think>",)),
    Tags(begins=("<|inner_prefix|>",), ends=("<|inner_suffix|>",), anywhere=True),
    THINK,
    Tags(begins=("<thinking>",), ends=("</thinking>",)),
    Tags(begins=("<thought>",), ends=("</thought>",)),
    Tags(begins=("<reasoning>",), ends=("</reasoning>",)),
)
"""Those in use, in the order in which a template is searched for them."""


def tags_in(text: str) -> Tags | None:
    """Return the tags that a template mentions, both ends of them; ``None`` if it mentions none.

    One that cuts thoughts out of answers by their end alone has them, too (Ollama, template/template.go).
    """
    for tags in TAGS:
        end = tags.ends[0]
        cuts = any(f".split({quote}{end}{quote})" in text for quote in "'\"")
        if end in text and (tags.begins[0] in text or cuts):
            return tags
    return None


def opened_tags(prompt: str) -> Tags | None:
    """Return the tags of thoughts that have begun where a prompt ends; ``None`` if none have."""
    end = prompt.rstrip()
    return next((tags for tags in TAGS if end.endswith(tags.begins)), None)


def thinking_tags(template: str | None) -> Tags | None:
    """Return the tags of a template in either language; ``None`` if its model does not think, or it is broken.

    A Go template has those that Ollama infers, or mentions some and uses ``.Thinking``.
    """
    if not template:
        return None
    from olbuild.language.template import template_language  # noqa: PLC0415 - embeddings need none of it

    if template_language(template) == "jinja":
        return tags_in(template)
    from olbuild.core.errors import ModelfileError  # noqa: PLC0415
    from olbuild.language.template import parse_template  # noqa: PLC0415 - loads lark
    from olbuild.running.chat.parsing.inference import around_thinking  # noqa: PLC0415 - loads the language

    try:
        parsed = parse_template(template)
    except ModelfileError:
        return None
    begin, end = around_thinking(parsed)
    if begin and end:
        return Tags(begins=(begin,), ends=(end,))
    return tags_in(template) if "thinking" in parsed.names else None
