"""Findings about lines that are no well-formed instruction."""

from __future__ import annotations

import re

from olbuild.core.text import Diagnostic, Span
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import EXTENSIONS, PROSE, ROLES, keywords
from olbuild.language.modelfile.hints import closest, did_you_mean, shorten
from olbuild.language.modelfile.instructions import Dialect
from olbuild.language.modelfile.nodes import IncompleteNode, InstructionNode, StrayNode, UnknownRoleNode
from olbuild.language.parameters import EXPECTED, PARAMETERS

_WORD = re.compile(r"[A-Za-z][A-Za-z_-]*")
_NAME = re.compile(r"[A-Za-z0-9_]*")
_INTENDED = re.compile(r"[^\s=:\"]*")
_LETTERS = re.compile(r"[A-Za-z]*")
_SHOUTED = re.compile(r"[A-Z]{2,}(?=[ \t])")
_EXAMPLES = {
    "FROM": "FROM llama3.2",
    "PARAMETER": "PARAMETER temperature 0.7",
    "MESSAGE": "MESSAGE user Hello",
    "ARG": "ARG size=7b",
    "INCLUDE": "INCLUDE common/Modelfile",
    "LABEL": "LABEL org.opencontainers.image.vendor=me",
    "QUANTIZE": "QUANTIZE Q4_K_M",
    "TEST": 'TEST --contains=Paris "What is the capital of France?"',
    "UNSET": "UNSET PARAMETER stop",
}


def stray_line(node: StrayNode, dialect: Dialect) -> Diagnostic | None:
    """Return the finding about a line that was meant to be an instruction, or nothing if it looks like mere text."""
    text = node.span.text
    match = _WORD.match(text)
    word = match.group() if match else ""
    span = Span(node.span.source, node.span.start, node.span.start + len(word))
    known = keywords(dialect)
    if word.upper() in known:
        return _unfinished(word.upper(), text[len(word) :], span)
    if word.upper() in EXTENSIONS and (word.isupper() or text[len(word) :].startswith((" ", "\t"))):
        return extension_in_ollama(word.upper(), span)
    keyword = closest(word, known)
    if keyword is not None:
        hint = f'did you mean "{keyword}"?'
        return Diagnostic(code=Code.UNKNOWN_INSTRUCTION, message=f"unknown instruction {word}", span=span, hint=hint)
    glued = next((name for name in known if text.startswith((name, name.lower()))), None)
    if glued is not None:
        span = Span(span.source, span.start, span.start + len(glued))
        hint = f"write {glued} {shorten(text[len(glued) :], quoted=False)}"
        return Diagnostic(code=Code.MALFORMED_NAME, message=f"{glued} needs a blank behind it", span=span, hint=hint)
    if _SHOUTED.match(text):
        hint = "the instructions are " + ", ".join(known)
        return Diagnostic(code=Code.UNKNOWN_INSTRUCTION, message=f"unknown instruction {word}", span=span, hint=hint)
    return None


def extension_in_ollama(word: str, span: Span) -> Diagnostic:
    """Return the finding about a word of olbuild's in the dialect of Ollama."""
    message = f"{word} is a word of olbuild's language, and the dialect ollama has none such"
    hint = "build it in the dialect olbuild, or print it without: olbuild build --print modelfile"
    return Diagnostic(code=Code.EXTENSION, message=message, span=span, hint=hint)


def _unfinished(keyword: str, rest: str, span: Span) -> Diagnostic:
    """Return the finding about a keyword that no blank follows."""
    if not rest.strip():
        hint = f"write {_EXAMPLES[keyword]}" if keyword in _EXAMPLES else f'an empty value is written {keyword} ""'
        return Diagnostic(code=Code.MISSING_VALUE, message=f"{keyword} has no value", span=span, hint=hint)
    return Diagnostic(
        code=Code.MALFORMED_NAME,
        message=f"{keyword} needs a blank behind it",
        span=Span(span.source, span.end, span.end + 1),
        hint=f"write {keyword} {shorten(rest.lstrip(' =:'), quoted=False)}",
    )


def stray_text(span: Span, count: int, before: InstructionNode | None) -> Diagnostic:
    """Return the finding about ``count`` lines of mere text, the first of which is ``span``."""
    lines = "this line belongs" if count == 1 else f"these {count} lines belong"
    hint = "a comment begins with #, an instruction with its name"
    name = before.keyword.text.upper() if before is not None and before.value.text else ""
    if name in PROSE:
        hint = f'a value over several lines stands in triple quotes: {name} """…"""'
    return Diagnostic(code=Code.STRAY_TEXT, message=f"{lines} to no instruction", span=span, hint=hint)


def incomplete(node: IncompleteNode) -> Diagnostic:
    """Return the finding about a PARAMETER or a MESSAGE without a value."""
    keyword, rest = node.keyword.text.upper(), node.rest
    parameter = keyword == "PARAMETER"
    what, known = ("parameter", tuple(PARAMETERS)) if parameter else ("role", ROLES)
    if not rest.text:
        hint = f"write {_EXAMPLES[keyword]}"
        return Diagnostic(code=Code.MISSING_VALUE, message=f"{keyword} has no value", span=node.keyword.span, hint=hint)
    match = (_NAME if parameter else _LETTERS).match(rest.text)
    name = match.group() if match else ""
    if name == rest.text:
        if not parameter and name not in ROLES:
            return unknown_role(name, rest.span)
        message = f"{what} {shorten(name)} has no value"
        return Diagnostic(code=Code.MISSING_VALUE, message=message, span=rest.span, hint=_completion(keyword, name))
    at = rest.span.start + len(name)
    first = rest.text[len(name)]
    message = f"{shorten(first)} cannot stand in the name of a {what}"
    intended = _INTENDED.match(rest.text)
    word = intended.group() if intended else ""
    behind = rest.text[len(word) :].lstrip(" \t=:").splitlines() or [""]
    hint = f"write {keyword} {closest(word, known) or name} {shorten(behind[0], quoted=False)}".rstrip()
    return Diagnostic(code=Code.MALFORMED_NAME, message=message, span=Span(rest.span.source, at, at + 1), hint=hint)


def _completion(keyword: str, name: str) -> str:
    if name in PARAMETERS and name != "stop":
        return f"{name} takes {EXPECTED[PARAMETERS[name]]}"
    return f'an empty value is written {keyword} {name} ""'


def unknown_role(role: str, span: Span) -> Diagnostic:
    """Return the finding about a role that does not exist."""
    hint = did_you_mean(role, ROLES) or "the roles are " + ", ".join(ROLES)
    return Diagnostic(code=Code.UNKNOWN_ROLE, message=f"unknown role {shorten(role)}", span=span, hint=hint)


def wrong_role(node: UnknownRoleNode) -> Diagnostic:
    """Return the finding about a MESSAGE whose role does not exist or is empty."""
    if node.role.text:
        return unknown_role(node.role.text, node.role.span)
    return Diagnostic(
        code=Code.EXTRA_BLANK,
        message="two blanks behind MESSAGE make the role empty",
        span=node.role.span,
        hint=f"write one blank: MESSAGE {shorten(node.value.text, quoted=False)}",
    )


def unclosed(node: InstructionNode | UnknownRoleNode) -> Diagnostic:
    """Return the finding about a quote that never closes: where it opened, and where it should have closed."""
    value = node.value
    source, start, quote = value.span.source, value.span.start, value.quote
    opened, _ = source.position(start)
    behind = source.line(opened)[source.position(start)[1] - 1 + len(quote) :]
    if quote in behind:
        hint = f"a quote closes only at the end of a line, and on line {opened} there is text behind it"
    else:
        line, _ = source.position(max(value.span.end - 1, start))
        hint = f"it probably closes at the end of line {line}: write {quote} there"
    return Diagnostic(
        code=Code.UNCLOSED_QUOTE,
        message=f"this {quote} never closes",
        span=Span(source, start, start + len(quote)),
        hint=hint,
    )
