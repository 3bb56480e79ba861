"""TextMate rules for what stands inside of a TEMPLATE: Go templates and Jinja."""

from __future__ import annotations

from collections.abc import Iterable

from olbuild.editor.generated.textmate_rules import Rule, rule
from olbuild.language.template.syntax.functions import FUNCTIONS

GO_KEYWORDS = ("if", "else", "end", "range", "with", "define", "template", "block", "break", "continue")
"""The words that begin an action of a Go template."""
JINJA_TAGS = (
    *("if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro", "call", "endcall"),
    *("filter", "endfilter", "block", "endblock", "with", "endwith", "raw", "endraw", "include", "import", "from"),
    *("extends", "break", "continue", "generation", "endgeneration", "do"),
)
"""The words that begin a Jinja statement."""
JINJA_OPERATORS = ("in", "not", "and", "or", "is", "recursive", "without", "context", "as", "ignore", "missing")

_LANGUAGE = "template"
# A quote at the end of a line closes the value around the template, whatever it is in the middle of.
_VALUE_ENDS = r'(?="""[ \t]*$)'


def _words(scope: str, words: Iterable[str]) -> Rule:
    return {"name": f"{scope}.{_LANGUAGE}", "match": rf"(?<![\w.$])(?:{'|'.join(sorted(words))})\b"}


def _named(scope: str, match: str) -> Rule:
    return {"name": f"{scope}.{_LANGUAGE}", "match": match}


def _enclosed(scope: str, begin: str, end: str, inside: list[Rule]) -> Rule:
    mark = f"punctuation.section.embedded.{_LANGUAGE}"
    return {
        "name": f"{scope}.{_LANGUAGE}",
        "begin": begin,
        "beginCaptures": {"0": {"name": mark}},
        "end": f"{end}|{_VALUE_ENDS}",
        "endCaptures": {"0": {"name": mark}},
        "patterns": inside,
    }


_COMMON: list[Rule] = [
    _named("string.quoted.double", r'"(?!""[ \t]*$)(?:[^"\\]|\\.)*"'),
    _named("string.quoted.single", r"'(?:[^'\\]|\\.)*'"),
    _named("string.quoted.raw", r"`[^`]*`"),
    rule(r"(\|)(?!\|)\s*([A-Za-z_]\w*)", "keyword.operator.pipe", "support.function", language=_LANGUAGE),
    _words("constant.language", ("true", "false", "nil", "none", "True", "False", "None")),
    _named("constant.numeric", r"(?<![\w.])[-+]?(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?)"),
    _named("variable.other.readwrite", r"\$\w*"),
    _named("variable.other.member", r"(?<=[\w)\]])\.\w+|\.[A-Za-z_]\w*"),
    _named("keyword.operator", r":=|==|!=|<=|>=|[-=+*/%~<>|]"),
]

TEMPLATE_RULES: list[Rule] = [
    _enclosed("comment.block.jinja", r"\{#", r"#\}", []),
    _enclosed("comment.block.go", r"\{\{(?:-[ \t])?/\*", r"\*/(?:[ \t]-)?\}\}", []),
    _enclosed(
        "meta.embedded.statement.jinja",
        r"\{%[-+]?",
        r"[-+]?%\}",
        [_words("keyword.control", JINJA_TAGS), _words("keyword.operator.word", JINJA_OPERATORS), *_COMMON],
    ),
    _enclosed(
        "meta.embedded.expression",
        r"\{\{-?",
        r"-?\}\}",
        [
            _named("keyword.control", rf"(?<=\{{\{{|\{{\{{-|[ \t])(?:{'|'.join(GO_KEYWORDS)})\b"),
            _words("support.function", FUNCTIONS),
            _words("keyword.operator.word", ("in", "is")),
            *_COMMON,
        ],
    ),
    _named("constant.other.control-token", r"<\|[^|<>\s]+\|>|\[/?INST\]|</?s>"),
]
"""The rules, the first one that matches at a place wins."""
