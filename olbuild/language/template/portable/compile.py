"""A Go template as portable Jinja2."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.records import Frozen
from olbuild.core.text import Span
from olbuild.language.template.evaluate.cut import cut_at_response
from olbuild.language.template.portable.prelude import (
    INSERT_ROOT,
    MESSAGES_ROOT,
    TURN_ROOT,
    TURNS,
    conversation,
    prelude,
)
from olbuild.language.template.portable.scope import Needs, Scope, Widened
from olbuild.language.template.portable.statements import Writer
from olbuild.language.template.portable.types import NotPortable, Root
from olbuild.language.template.syntax.nodes import Action, Body, Call, If, Pipeline, Range, With
from olbuild.language.template.syntax.parse import GoTemplate, parse_template

OUTPUT_VERSION = 1
"""The version of the compiler's output. A change of any output is a change of this number."""

HELPER = "render_go_template"
"""The function that a template which is not portable calls: it gets the original text and the template's variables."""

_MOST_ATTEMPTS = 8
_DEEPEST_EXPRESSION = 60  # parentheses; Python's parser, which Jinja uses in the end, has a limit of 200


class Reason(Frozen, kw_only=True):
    """Why a template is not portable: a construct, and where it stands."""

    construct: str
    span: Span


class Compiled(Frozen, kw_only=True):
    """The Jinja2 of a Go template.

    A portable one needs nothing but what Hugging Face's environment has, and the variables ``messages``, ``tools`` and
    ``enable_thinking`` (or ``reasoning_effort`` for a level); it always ends where the model's answer begins. One that
    is not portable is a call of HELPER with the original text.
    """

    jinja: str
    portable: bool
    reasons: tuple[Reason, ...]
    version: int = OUTPUT_VERSION


def compile_template(template: GoTemplate | str) -> Compiled:
    """Compile a template.

    Raises:
        TemplateFlaw: if a text is no Go template.
    """
    parsed = parse_template(template) if isinstance(template, str) else template
    needs = Needs(_assigned(parsed))
    for _ in range(_MOST_ATTEMPTS):
        needs = Needs(needs.assigned, needs.types)
        try:
            return Compiled(jinja=_portable(parsed, needs), portable=True, reasons=())
        except Widened:
            continue
        except NotPortable as error:
            span = needs.spans[-1] if needs.spans else Span(parsed.source, 0, 0)
            return _fallback(parsed, Reason(construct=str(error), span=span))
    reason = Reason(construct="variables that change their type", span=Span(parsed.source, 0, 0))
    return _fallback(parsed, reason)


def _fallback(template: GoTemplate, reason: Reason) -> Compiled:
    """Return the call of the helper, which renders the original text."""
    text = template.source.text
    escaped = "".join(part if part.isprintable() and part not in "'\\" else _escape(part) for part in text)
    jinja = f"{{{{- {HELPER}('{escaped}', messages, tools, enable_thinking) -}}}}"
    return Compiled(jinja=jinja, portable=False, reasons=(reason,))


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"  # noqa: PLR2004 - lengths of escapes


def _portable(template: GoTemplate, needs: Needs) -> str:
    """Translate a template.

    Raises:
        NotPortable: if a part of it has no equal in Jinja.
        Widened: if it must be done again, with what is known of the variables now.
    """
    if template.uses_messages:
        main = _body(template, template.body, needs, MESSAGES_ROOT)
        lines = conversation(needs, messages=True) + main
    else:
        whole = _body(template, template.body, needs, TURN_ROOT)
        last = _body(template, cut_at_response(template.body), needs, TURN_ROOT, strict=False)
        turn = ["{%- macro go_turn(go_system, go_prompt, go_response) -%}", *whole, "{%- endmacro -%}"]
        lines = conversation(needs, messages=False) + turn + TURNS + last
    if "suffix" in template.names:
        insert = _body(template, template.body, needs, INSERT_ROOT)
        lines = ["{%- if prompt and suffix -%}", *insert, "{%- else -%}", *lines, "{%- endif -%}"]
    return "\n".join(prelude(needs) + lines) + "\n"


def _body(template: GoTemplate, body: Body, needs: Needs, root: Root, *, strict: bool = True) -> list[str]:
    writer = Writer(template.definitions)
    writer.body(body, Scope.of(needs, root, strict=strict), root)
    if any(_depth(line) > _DEEPEST_EXPRESSION for line in writer.lines):
        raise NotPortable("expressions that are nested too deeply")
    return writer.lines


def _depth(line: str) -> int:
    most = sum(map(line.count, "([{"))
    if most <= _DEEPEST_EXPRESSION:
        return most  # no deeper than that, and nearly every line ends here
    depth = deepest = 0
    for character in line:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _assigned(template: GoTemplate) -> frozenset[str]:
    """Return the names of all variables that are assigned somewhere."""
    return frozenset(
        name
        for body in template.definitions.values()
        for pipeline in _pipelines(body)
        if pipeline.assigns
        for name in pipeline.declared
    )


def _pipelines(body: Body) -> Iterator[Pipeline]:
    for node in body:
        match node:
            case Action() | Call():
                yield node.pipeline
            case If() | With():
                for branch in node.branches:
                    yield branch.pipeline
                    yield from _pipelines(branch.body)
                yield from _pipelines(node.otherwise or ())
            case Range():
                yield node.pipeline
                yield from _pipelines(node.body)
                yield from _pipelines(node.otherwise or ())
            case _:
                pass
