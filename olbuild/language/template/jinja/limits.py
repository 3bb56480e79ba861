"""How large a Jinja template may be, so that it is read in less than a second. Jinja itself has no limits."""

from __future__ import annotations

from types import TracebackType

from jinja2 import Environment, nodes

from olbuild.language.template.jinja.walk import walk

MOST_CHARACTERS = 1 << 18
MOST_TOKENS = 15_000
"""Words, signs and blanks between them. Jinja compiles some 30,000 in a second."""
_MOST_UNKNOWN = 100
_LONGEST_NUMBER = 1000  # digits; Python reads 4,300 and then fails with an error that is not Jinja's


class TooMuch(Exception):
    """A template is larger than any that is in use; ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        """Keep the line."""
        super().__init__(message)
        self.message, self.line = message, line


def require_sane(environment: Environment, text: str) -> None:
    """Check a template before it is parsed. It takes a tenth of a second at most.

    Raises:
        TooMuch: if it is too long, or a number in it is.
        TemplateSyntaxError: if it is not even made of tokens.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooMuch(f"the template has {len(text)} characters, and {MOST_CHARACTERS} are the most", 1)
    for number, (line, kind, value) in enumerate(environment.lexer.tokeniter(text, None)):
        if number == MOST_TOKENS:
            raise TooMuch(f"the template has more than {MOST_TOKENS} words and signs", line)
        if kind in {"integer", "float"} and len(value) > _LONGEST_NUMBER:
            raise TooMuch(f"a number has {len(value)} digits, and {_LONGEST_NUMBER} are the most", line)


def require_few_unknown(environment: Environment, tree: nodes.Template) -> None:
    """Check the filters and tests of a template: Python takes the square of the time for those that do not exist.

    Raises:
        TooMuch: if many of them do not exist.
    """
    unknown: set[str] = set()
    for node in walk(tree):
        if isinstance(node, nodes.Filter | nodes.Test):
            if node.name not in (environment.filters if isinstance(node, nodes.Filter) else environment.tests):
                unknown.add(node.name)
            if len(unknown) > _MOST_UNKNOWN:
                raise TooMuch(f"the template uses more than {_MOST_UNKNOWN} filters that do not exist", node.lineno)


def deepest_line(trace: TracebackType | None) -> int:
    """Return the line of the part of a template that jinja was looking at when it ran out of stack."""
    line = 1
    while trace is not None:
        node = trace.tb_frame.f_locals.get("node")
        if isinstance(node, nodes.Node) and isinstance(node.lineno, int):
            line = node.lineno
        trace = trace.tb_next
    return line
