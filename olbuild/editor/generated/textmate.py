"""The TextMate grammar of Modelfiles, for VS Code and everything else that colours with such grammars.

It is made from the tables of the language. Like the language itself it knows no escapes, and a quote closes only at the
end of a line. What a template is written in cannot be told by regular expressions, so ``{{ … }}`` knows the words of
Go and of Jinja.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from olbuild.editor.generated.textmate_rules import Rule, captures, rule
from olbuild.editor.generated.textmate_templates import TEMPLATE_RULES
from olbuild.language.modelfile.extensions import PARTS
from olbuild.language.modelfile.quantization import QUANTIZATIONS
from olbuild.language.modelfile.reference import INSTRUCTIONS, ROLE_MEANINGS, InstructionEntry
from olbuild.language.parameters import DEPRECATED, ENTRIES

SCOPE = "source.modelfile"

_CLOSED = r"(?=[ \t]*$)"
_ARGUMENTS = {"include": "#arguments"}
_WORDS = {
    "numeric": r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?=[ \t]*$)",
    "language": r"(?:true|false|True|False|TRUE|FALSE)(?=[ \t]*$)",
}


def textmate_grammar() -> str:
    """Return the grammar as JSON."""
    grammar = {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "information_for_contributors": ["Made by python -m olbuild.editor.generated; do not edit."],
        "name": "Modelfile",
        "scopeName": SCOPE,
        "patterns": [
            {"name": "comment.line.number-sign.modelfile", "match": r"^[ \t]*#.*$"},
            *(_instruction(entry) for entry in INSTRUCTIONS),
        ],
        "repository": {
            "arguments": {
                "patterns": [
                    {"name": "constant.character.escape.modelfile", "match": r"\$\$\{[A-Za-z_]\w*(?::-[^}]*)?\}"},
                    rule(
                        r"(\$\{)([A-Za-z_]\w*)(?:(:-)([^}]*))?(\})",
                        "punctuation.definition.variable.begin",
                        "variable.other.argument",
                        "keyword.operator.default",
                        "string.unquoted.default",
                        "punctuation.definition.variable.end",
                    ),
                ]
            },
            "text": {"patterns": _values([_ARGUMENTS])},
            "template": {"patterns": _values([{"include": "#go-and-jinja"}, _ARGUMENTS])},
            "go-and-jinja": {"patterns": TEMPLATE_RULES},
        },
    }
    return json.dumps(grammar, indent=2, ensure_ascii=False) + "\n"


def _instruction(entry: InstructionEntry) -> Rule:
    """Return the rule of an instruction: from its keyword to the end of the line on which its value ends."""
    kind = "keyword.control" if entry.keyword == "FROM" else "keyword.other"
    return {
        "name": f"meta.instruction.{entry.keyword.lower()}.modelfile",
        "begin": rf"^[ \t]*((?i:{entry.keyword}))(?=[ \t])",
        "beginCaptures": captures(f"{kind}.{entry.keyword.lower()}"),
        "end": "$",
        "patterns": [*_flags(entry), *_before(entry), *_value(entry)],
    }


def _flags(entry: InstructionEntry) -> list[Rule]:
    if not entry.flags:
        return []
    names = "|".join(flag.name for flag in entry.flags)
    return [
        rule(
            rf"(?<=[ \t])(--(?:{names}))(=)(\"[^\"]*\"|[^ \t\"]*)(?=[ \t]|$)",
            "entity.other.attribute-name.flag",
            "keyword.operator.assignment",
            "string.unquoted.flag",
        )
    ]


def _before(entry: InstructionEntry) -> list[Rule]:
    """Return the rules of what stands between the keyword and the value."""
    match entry.takes:
        case "parameter":
            return [
                _name(DEPRECATED, "invalid.deprecated.parameter"),
                _name(ENTRIES, "variable.parameter.name"),
                {"name": "variable.other.unknown.modelfile", "match": rf"{_AFTER_KEYWORD}\w+(?=[ \t]|$)"},
                *(
                    {"name": f"constant.{kind}.modelfile", "match": rf"(?<=[ \t]){word}"}
                    for kind, word in _WORDS.items()
                ),
            ]
        case "message":
            return [_name(ROLE_MEANINGS, "support.constant.role")]
        case "model":
            return [
                rule(
                    r"([^\s\"].*?)[ \t]+((?i:as))[ \t]+([A-Za-z][\w.-]*)(?=[ \t]*$)",
                    "string.unquoted",
                    "keyword.operator.as",
                    "entity.name.type.stage",
                )
            ]
        case "argument":
            return [rule(r"(?<=(?i:arg)[ \t])[ \t]*([A-Za-z_]\w*)(?:(=)|(?=[ \t]*$))", *_ASSIGNED)]
        case "label":
            return [rule(r"(?<=(?i:label)[ \t])[ \t]*([^\s=\"]+)(=)", *_ASSIGNED)]
        case "part":
            parts = "|".join(PARTS)
            return [
                rule(rf"((?i:{parts}))(?:[ \t]+(\S+))?(?=[ \t]*$)", "keyword.other.part", "variable.parameter.name")
            ]
        case "quantization":
            return [{"name": "constant.language.modelfile", "match": rf"(?i:{'|'.join(QUANTIZATIONS)})(?=[ \t]*$)"}]
        case _:
            return []


_ASSIGNED = ("variable.other.definition", "keyword.operator.assignment")


_AFTER_KEYWORD = r"(?<=(?i:parameter|message)[ \t])"


def _name(names: Iterable[str], scope: str) -> Rule:
    return {"name": f"{scope}.modelfile", "match": rf"{_AFTER_KEYWORD}(?:{'|'.join(sorted(names))})(?=[ \t]|$)"}


def _value(entry: InstructionEntry) -> list[Rule]:
    return [{"include": "#template" if entry.takes == "template" else "#text"}]


def _values(inside: list[Rule]) -> list[Rule]:
    """Return the rules of a value: in triple quotes, in quotes, or bare up to the end of the line."""
    quotes = (("triple", '"""', '"""'), ("double", '"(?!"")', '"'))
    return [
        *(
            {
                "name": f"string.quoted.{name}.modelfile",
                "begin": begin,
                "beginCaptures": {"0": {"name": "punctuation.definition.string.begin.modelfile"}},
                "end": f"{end}{_CLOSED}",
                "endCaptures": {"0": {"name": "punctuation.definition.string.end.modelfile"}},
                "patterns": inside,
            }
            for name, begin, end in quotes
        ),
        {
            "match": r"[^\s\"].*?(?=[ \t]*$)",
            "captures": {"0": {"name": "string.unquoted.modelfile", "patterns": inside}},
        },
    ]
