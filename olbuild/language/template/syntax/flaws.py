"""What is wrong with a template's syntax, said in words and with a place."""

from __future__ import annotations

import difflib
import re

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Diagnostic, Source, Span
from olbuild.language.template.codes import Code
from olbuild.language.template.syntax.functions import FUNCTIONS

_WORD = re.compile(r"[A-Za-z_]\w*|\S")
_OPENING = re.compile(r"\{\{(?:-[ \t\r\n])?\s*(if|range|with|block|define|end)?(?=[\s.,|:()]|\}\}|\Z)?")
_ACTION_END = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|\'(?:[^\'\\\n]|\\.)*\'|\}\}')
_QUOTES = {'"': "this quoted text never ends", "`": "this raw text never ends", "'": "this character never ends"}
_KEYWORDS = frozenset({"if", "else", "end", "range", "with", "define", "template", "block", "break", "continue"})


class TemplateFlaw(ModelfileError):
    """A template is no Go template. Carries one diagnostic, with a span in the template's source."""

    def __init__(self, code: Code, message: str, span: Span, hint: str | None = None) -> None:
        """Make the diagnostic; the message of the error is the diagnostic's."""
        super().__init__((Diagnostic(code=code, message=message, span=span, hint=hint),))
        self.message, self.hint = message, hint
        self.args = (message,)


def unknown_function(name: str, span: Span) -> TemplateFlaw:
    """Return the error about a name that is no function."""
    close = difflib.get_close_matches(name, sorted(FUNCTIONS), n=1)
    hint = f'did you mean "{close[0]}"?' if close else f"a field is written with a dot: .{name}"
    return TemplateFlaw(Code.UNKNOWN_FUNCTION, f"{name} is no function", span, hint)


def syntax_flaw(source: Source, at: int) -> TemplateFlaw:
    """Return the error for the place at which the parser could not go on."""
    text = source.text
    unclosed = _unclosed(source)
    if at >= len(text) or text[at : at + 2] == "{{":
        if unclosed:
            return unclosed
        return TemplateFlaw(Code.UNCLOSED, "the template ends too early", Span(source, len(text), len(text)))
    match = _WORD.match(text, at)
    word = match.group() if match else text[at]
    span = Span(source, at, at + len(word))
    if word in _QUOTES:
        return TemplateFlaw(Code.UNCLOSED, _QUOTES[word], span)
    if text.startswith("/*", at):
        hint = "a comment fills its action: {{/* text */}} or {{- /* text */ -}}"
        return TemplateFlaw(Code.SYNTAX, "a comment does not stand here", Span(source, at, at + 2), hint)
    if word in _KEYWORDS:
        return TemplateFlaw(Code.MISPLACED, f"{word} does not stand here", span)
    if text.startswith(("}}", "-}}"), at):
        return TemplateFlaw(Code.SYNTAX, "a value is missing before the end of the action", span)
    return TemplateFlaw(Code.SYNTAX, f"{word} does not stand here", span, 'write a field as .Name, a text as "text"')


def _unclosed(source: Source) -> TemplateFlaw | None:
    """Return the error about the innermost action, or block of actions, that never ends."""
    open_blocks: list[Span] = []
    position, text = 0, source.text
    while match := _OPENING.search(text, position):
        end = _end_of_action(text, match.end())
        if end is None:
            span = Span(source, match.start(), match.start() + 2)
            return TemplateFlaw(Code.UNCLOSED, "this action never ends", span, "end it with }}")
        if match[1] == "end":
            del open_blocks[-1:]
        elif match[1]:
            open_blocks.append(Span(source, match.start(), end))
        position = end
    if not open_blocks:
        return None
    return TemplateFlaw(Code.UNCLOSED, "this block of actions never ends", open_blocks[-1], "end it with {{ end }}")


def _end_of_action(text: str, start: int) -> int | None:
    if text.startswith("/*", start):
        closing = text.find("*/", start)
        return None if closing < 0 else text.find("}}", closing) + 2
    for part in _ACTION_END.finditer(text, start):
        if part.group() == "}}":
            return part.end()
    return None
