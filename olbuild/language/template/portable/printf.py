"""``printf`` over terms, as far as Jinja can express it: ``%s``, ``%v``, ``%d`` and widths."""

from __future__ import annotations

import re

from olbuild.language.template.portable.literals import literal
from olbuild.language.template.portable.texts import Use, distribute, joined, plain, shown, single
from olbuild.language.template.portable.types import ERROR, TEXT, NotPortable, Term, Value

_DIRECTIVE = re.compile(r"%(?P<left>-?)(?P<width>[1-9][0-9]{0,2})?(?P<verb>[svd%])|(?P<other>%)")
_NAMES = {"int": "int", "float": "float64", "bool": "bool", "text": "string"}
_FITTING = {"s": ("text",), "d": ("int",)}
_STRINGERS = frozenset({"tools", "tool", "arguments", "properties", "type_names"})
_LISTED = {
    "any": "go_any_s", "any_list": "go_any_s", "strings": "go_any", "messages": "go_messages_s",
    "tool_call": "go_call_s", "tool_calls": "go_calls_s", "called_function": "go_called_s",
}  # fmt: skip
"""What writes the parts of a value with ``%s``."""


def printf(values: list[Value], use: Use) -> Value:
    """Return what ``printf`` writes.

    Raises:
        NotPortable: for a format or a value that Jinja cannot write so.
    """
    form = values[0]
    if isinstance(form, Term) and form.type is ERROR:
        return form
    if not isinstance(form, Term) or not isinstance(form.constant, str):
        raise NotPortable("printf with a format that is no literal")
    text, rest = form.constant, values[1:]
    pieces: list[str] = []
    end = 0
    for match in _DIRECTIVE.finditer(text):
        pieces.append(literal(text[end : match.start()]))
        end = match.end()
        if match["verb"] == "%" and not match["left"] and not match["width"]:
            pieces.append("'%'")
            continue
        if match["other"] or match["verb"] == "%" or not rest:
            raise NotPortable("printf with such a format")
        pieces.append(_field(match, rest.pop(0), use))
    if rest:
        raise NotPortable("printf with more arguments than its format has")
    pieces.append(literal(text[end:]))
    return joined([piece for piece in pieces if piece != "''"])


def _field(match: re.Match[str], value: Value, use: Use) -> str:
    verb, width = match["verb"], match["width"]

    def one(term: Term) -> Value:
        return term if term.type is ERROR else Term(_verb(verb, term, use, padded=bool(width)), TEXT)

    code = single(distribute(value, one)).code
    return f"{use('go_left' if match['left'] else 'go_right')}({code}, {width})" if width else code


def _verb(verb: str, term: Term, use: Use, *, padded: bool) -> str:
    kind, name = term.type.kind, term.type.name
    if padded and kind not in {"text", "int", "bool"}:
        raise NotPortable(f"printf with a width of such a value ({name})")
    if verb == "v" or kind in _FITTING[verb]:
        return shown(term, use)
    if kind in {"nothing", "missing"}:
        return literal(f"%!{verb}(<nil>)")
    if kind in _NAMES:  # Go prints the mistake: a number is no text for it, and the other way round
        if padded:
            raise NotPortable("printf with a width of a mistake")
        return f"({literal(f'%!{verb}({_NAMES[kind]}=')} ~ {plain(term, use)} ~ ')')"
    if verb == "s" and name in _STRINGERS:
        return plain(term, use)
    if verb == "s" and name in _LISTED:
        written = f"{use(_LISTED[name])}({term.code})"
        return f"('%!s(<nil>)' if {term.code} is none else {written})" if kind == "any" else written
    raise NotPortable(f"printf with %{verb} of such a value ({name})")
