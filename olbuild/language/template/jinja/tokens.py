"""The tokens of a Jinja template, also of one that is half written: for colours, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError

from olbuild.language.template.syntax.tokens import Kind, Token

_ENVIRONMENT = Environment(autoescape=False, extensions=["jinja2.ext.loopcontrols"])  # noqa: S701 - nothing is rendered
_MARKS = {"variable_begin", "variable_end", "block_begin", "block_end"}
_COMMENTS = {"comment_begin", "comment", "comment_end"}
_TAGS = frozenset(
    {
        *("if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro", "call", "endcall"),
        *("filter", "endfilter", "block", "endblock", "with", "endwith", "raw", "endraw", "include", "import", "from"),
        *("extends", "break", "continue", "generation", "endgeneration", "do"),
    }
)
_WORDS = frozenset({"in", "not", "and", "or", "is", "recursive", "if", "else"})
_CONSTANTS = frozenset({"true", "false", "none", "True", "False", "None"})
_EFFORT = 20  # how many times as much as the whole text may be read, when reading begins anew again and again


def jinja_tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a template, those of literal text excepted.

    Jinja's own lexer finds them. Where it gives up, reading goes on at the next thing that begins as Jinja does.
    """
    text = text.replace("\r\n", " \n").replace("\r", "\n")  # what the lexer makes of them, without moving anything
    at, effort = 0, _EFFORT * len(text)
    while effort >= 0:
        effort -= len(text) - at
        try:
            for token in _lex(text, at):
                yield token
                at = token.end
        except TemplateSyntaxError:
            found = [place for mark in ("{{", "{%", "{#") if (place := text.find(mark, at + 1)) >= 0]
            if not found:
                return
            at = min(found)
        else:
            return


def _lex(text: str, start: int) -> Iterator[Token]:
    at, before, tag = start, "", False
    for _, name, value in _ENVIRONMENT.lexer.tokeniter(text[start:], None):
        place = text.find(value, at)
        if place < 0:
            return
        at = place + len(value)
        kind = _kind(name, value, before, tag=tag)
        tag = name == "block_begin" or (tag and name == "whitespace")
        if name != "whitespace":
            before = value
        if kind is not None and value:
            yield Token(kind, place, at)


def _kind(name: str, value: str, before: str, *, tag: bool) -> Kind | None:  # noqa: PLR0911 - one for each kind
    if name in _MARKS:
        return "mark"
    if name in _COMMENTS:
        return "comment"
    if name in {"raw_begin", "raw_end"}:
        return "keyword"
    if name in {"integer", "float"}:
        return "number"
    if name == "string":
        return "string"
    if name == "operator":
        return "operator"
    if name != "name":
        return None
    if tag and value in _TAGS:
        return "keyword"
    if before == ".":
        return "field"
    if before == "|":
        return "function"
    if value in _CONSTANTS:
        return "constant"
    return "keyword" if value in _WORDS else "variable"
