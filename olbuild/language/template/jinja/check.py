"""What is wrong or doubtful about a Jinja template, with places in its text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import TemplateSyntaxError, nodes

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Diagnostic, Severity, Source, Span
from olbuild.language.template.codes import Code
from olbuild.language.template.jinja.dialect import FUNCTIONS, VARIABLES
from olbuild.language.template.jinja.limits import TooMuch
from olbuild.language.template.jinja.refused import Found, refused, unsafe
from olbuild.language.template.jinja.tree import Generated, generate, parse, reader
from olbuild.language.template.jinja.walk import walk

_MOST_FINDINGS = 40
_LONGEST_MESSAGE = 200
_QUOTED = re.compile(r"'([^'\n]{1,80})'")


def check_jinja(text: str, name: str = "TEMPLATE") -> tuple[Diagnostic, ...]:
    """Return what is wrong with a template, errors and warnings, in the order of their places; ``name`` is shown.

    What is found several times is said once, and no more than some dozens are said. It takes less than a second,
    whatever the text is.
    """
    source = Source(name, text)
    try:
        tree = parse(text)
        generated = generate(tree)
    except TemplateSyntaxError as error:
        message = error.message or "this is no template"
        return (_diagnostic(source, Found(Code.JINJA_SYNTAX, message, error.lineno, _named(message))),)
    except TooMuch as error:
        return (_diagnostic(source, Found(Code.JINJA_TOO_MUCH, error.message, error.line)),)
    found = [*_nodes(tree), *_unknown(tree, generated), *_undefined(tree, generated)]
    once = {(each.code, each.message): each for each in reversed(found)}
    ordered = sorted(once.values(), key=lambda each: (each.code in _SEVERITIES, each.line))[:_MOST_FINDINGS]
    return tuple(sorted((_diagnostic(source, each) for each in ordered), key=lambda each: each.span.start))


def require_jinja(text: str, name: str = "TEMPLATE") -> None:
    """Check a template for a build.

    Raises:
        ModelfileError: if it is none, or none that can ever run (OLB190 to OLB193).
    """
    errors = tuple(each for each in check_jinja(text, name) if each.is_error)
    if errors:
        raise ModelfileError(errors)


def _nodes(tree: nodes.Template) -> Iterator[Found]:
    for node in walk(tree):
        yield from unsafe(node)
        yield from refused(node)


def _unknown(tree: nodes.Template, generated: Generated) -> Iterator[Found]:
    """Yield filters and tests that do not exist. Inside of a condition Jinja finds that out when it comes there."""
    stopping = set(generated.refused)
    for node in walk(tree):
        if not isinstance(node, nodes.Filter | nodes.Test):
            continue
        known = reader().filters if isinstance(node, nodes.Filter) else reader().tests
        if node.name not in known:
            kind = "filter" if isinstance(node, nodes.Filter) else "test"
            message = f"there is no {kind} {node.name}"
            stops = (f"No {kind} named {node.name!r}.", node.lineno) in stopping
            yield Found(Code.JINJA_UNKNOWN if stops else Code.JINJA_REFUSED, message, node.lineno, node.name)
    for message, line in generated.refused:
        if not message.startswith(("No filter", "No test")):  # a block that is there twice
            yield Found(Code.JINJA_SYNTAX, message, line, _named(message))


def _undefined(tree: nodes.Template, generated: Generated) -> Iterator[Found]:
    """Yield the first use of each variable that nobody defines, and the template does not ask about."""
    names = generated.outside - VARIABLES - FUNCTIONS - _asked(tree)
    for node in walk(tree):
        if isinstance(node, nodes.Name) and node.name in names:
            names -= {node.name}
            yield Found(Code.JINJA_UNDEFINED, f"no runtime defines {node.name}", node.lineno, node.name)


def _asked(tree: nodes.Template) -> set[str]:
    """Return the variables that a template asks about with ``is defined`` or gives a default to."""
    return {
        node.node.name
        for node in walk(tree)
        if isinstance(node, nodes.Filter | nodes.Test)
        and node.name in {"defined", "undefined", "default", "d"}
        and isinstance(node.node, nodes.Name)
    }


def _named(message: str) -> str | None:
    """Return the part of a template that a message of Jinja's quotes last."""
    quoted = _QUOTED.findall(message)
    return quoted[-1] if quoted else None


_SEVERITIES: dict[Code, Severity] = {Code.JINJA_REFUSED: "warning", Code.JINJA_UNDEFINED: "warning"}
_HINTS = {
    Code.JINJA_SYNTAX: "Jinja's template designer documentation says what may stand where",
    Code.JINJA_UNSAFE: "a chat template reads messages and tools; nothing else is open to it",
    Code.JINJA_TOO_MUCH: "the templates of real models are a tenth of what is allowed",
    Code.JINJA_UNKNOWN: "chat templates have Jinja's own filters and tests, and tojson",
    Code.JINJA_REFUSED: "the template fails when it comes to this",
    Code.JINJA_UNDEFINED: "ask with `is defined` first, or give it a value with default",
}


def _diagnostic(source: Source, found: Found) -> Diagnostic:
    message = " ".join(found.message.rstrip(".").split())
    message = message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
    return Diagnostic(
        code=found.code,
        message=message[:1].lower() + message[1:],
        span=_span(source, found.line, found.word),
        hint=_HINTS[found.code],
        severity=_SEVERITIES.get(found.code, "error"),
    )


def _span(source: Source, number: int, word: str | None) -> Span:
    """Return where a word stands in a line, or the line without the blanks around it."""
    starts = source.line_starts()
    number = min(max(number, 1), len(starts))
    line, start = source.line(number), starts[number - 1]
    if word:
        edge = r"\b" if word.isidentifier() else ""
        match = re.search(f"{edge}{re.escape(word)}{edge}", line)
        if match:
            return Span(source, start + match.start(), start + match.end())
    return Span(source, start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
