"""Functions of Go over terms. What Go refuses becomes a call of ``raise_exception``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from olbuild.language.template.portable.comparisons import COMPARED, eq, ne, negate, ordered
from olbuild.language.template.portable.literals import literal
from olbuild.language.template.portable.texts import Use, distribute, encoded, failed, plain, single
from olbuild.language.template.portable.types import ERROR, INT, TEXT, NotPortable, Term, Value

_ORDER = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_HTML = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;"), ("\0", "\ufffd"))
_DIRECTIVE = re.compile(r"%(?P<flags>[-]?[0-9]*)(?P<verb>[svd%])|(?P<other>%)")
_MISTAKES = {"s": ("int", "float", "bool", "nothing", "missing"), "d": ("text", "float", "bool", "nothing", "missing")}
"""For these Go prints the mistake: a number is no text for it, and the other way round."""

_STRINGERS = frozenset({"tools", "tool", "arguments", "properties", "type_names"})
_GO_NAMES = {"int": "int", "float": "float64", "bool": "bool", "text": "string"}
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'")


def call(name: str, values: list[Value], use: Use) -> Value:
    """Return the result of a function of these arguments.

    Raises:
        NotPortable: if Jinja cannot express it.
    """
    if name in {"currentDate", "yesterdayDate"}:
        if name == "yesterdayDate":
            raise NotPortable("yesterdayDate, as Jinja cannot calculate with dates")
        return Term("strftime_now('%Y-%m-%d')", TEXT, known=True)
    handler = _FUNCTIONS.get(name)
    if handler is None:
        raise NotPortable(f"the function {name}")
    least, most, apply = handler
    if len(values) < least or (most is not None and len(values) > most):
        return failed(f"{name} does not take {len(values)} arguments")
    return apply(values, use)


def _len(values: list[Value], _: Use) -> Value:
    return distribute(values[0], _length)


def _length(term: Term) -> Term:
    match term.type.kind:
        case "error":
            return term
        case "list" if term.type.name == "tools":
            return Term(f"(({term.code} or [])|length)", INT)
        case "list" | "map":
            return Term(f"({term.code}|length)", INT)
        case "text":
            # Bytes, not characters: each byte beyond the plain ones is %XX in a URL.
            url = f"({term.code}|urlencode)"
            return Term(f"({url}|length - 2 * {url}.count('%'))", INT)
        case "any":
            raise NotPortable("the length of a value of unknown type")
        case _:
            return failed("this has no length")


def _index(values: list[Value], _: Use) -> Value:
    value, *keys = values
    for key in keys:
        value = distribute(value, partial(_element, single(key)))
    return value


def _element(key: Term, of: Term) -> Value:
    if ERROR in (of.type, key.type):
        return of if of.type is ERROR else key
    element = of.type.element
    match of.type.kind:
        case "list" if element is not None and key.type.kind in {"int", "any"}:
            if of.type.name == "type_names":
                return Term(f"([{of.code}] if {of.code} is string else {of.code})[{key.code}]", element)
            return Term(f"{of.code}[{key.code}]", element)
        case "map" if element is not None and key.type.kind in {"text", "any"}:
            if element.kind == "any":
                return Term(f"{of.code}.get({key.code})", element)
            return Term(f"({of.code}.get({key.code}) or {{}})", element)
        case "list" | "map" | "int" | "bool" | "float" | "nothing" | "missing":
            return failed("this cannot be indexed so")
        case _:
            raise NotPortable("an index into a text or a value of unknown type")


def _slice(values: list[Value], _: Use) -> Value:
    value, *bounds = values
    terms = [single(bound) for bound in bounds]
    if any(term.type.kind not in {"int", "any"} for term in terms) or len(terms) > 2:  # noqa: PLR2004 - from, to
        raise NotPortable("a slice with such bounds")
    cut = ":".join([*(term.code for term in terms), "", ""][:2])

    def part(term: Term) -> Value:
        if term.type is ERROR:
            return term
        if term.type.kind == "list" and term.type.name not in {"type_names", "tools"}:
            return Term(f"{term.code}[{cut}]", term.type)
        raise NotPortable("a slice of a text, which counts bytes")

    return distribute(value, part)


def _print(values: list[Value], use: Use) -> Value:
    terms = [single(value) for value in values]
    pieces: list[str] = []
    for number, term in enumerate(terms):
        if number and "text" not in {term.type.kind, terms[number - 1].type.kind}:
            if "any" in {term.type.kind, terms[number - 1].type.kind}:
                raise NotPortable("print of several values of unknown type")
            pieces.append("' '")
        pieces.append(_shown(term, use))
    return _joined(pieces)


def _shown(term: Term, use: Use) -> str:
    if term.type.name == "message":
        return f"('&' ~ {plain(term, use)})"
    return plain(term, use)


def _println(values: list[Value], use: Use) -> Value:
    pieces: list[str] = []
    for number, value in enumerate(values):
        pieces += ["' '"] if number else []
        pieces.append(_shown(single(value), use))
    return _joined([*pieces, "'\\n'"])


def _joined(pieces: list[str]) -> Term:
    if not pieces:
        return Term("''", TEXT, known=False)
    return Term(pieces[0] if len(pieces) == 1 else f"({' ~ '.join(pieces)})", TEXT)


def _printf(values: list[Value], use: Use) -> Value:
    form, *terms = [single(value) for value in values]
    if form.type is ERROR:
        return form
    if not _LITERAL.fullmatch(form.code) or "\\" in form.code.replace("\\n", "").replace("\\'", ""):
        raise NotPortable("printf with a format that is no plain literal")
    text = form.code[1:-1].replace("\\n", "\n").replace("\\'", "'")
    pieces, end, used = [], 0, 0
    for match in _DIRECTIVE.finditer(text):
        pieces.append(literal(text[end : match.start()]))
        end = match.end()
        if match["verb"] == "%" and not match["flags"]:
            pieces.append("'%'")
            continue
        if match["other"] or used >= len(terms):
            raise NotPortable("printf with such a format")
        pieces.append(_field(match["flags"], match["verb"], terms[used], use))
        used += 1
    if used != len(terms):
        raise NotPortable("printf with more arguments than its format has")
    pieces.append(literal(text[end:]))
    return _joined([piece for piece in pieces if piece != "''"])


def _field(flags: str, verb: str, term: Term, use: Use) -> str:
    kind = term.type.kind
    if verb == "d" and kind == "int":
        return f"({literal('%' + flags + 'd')}|format({term.code}))" if flags else plain(term, use)
    if verb in "sd" and not flags and kind in _MISTAKES.get(verb, ()):
        if kind in {"nothing", "missing"}:
            return literal(f"%!{verb}(<nil>)")
        return f"({literal(f'%!{verb}({_GO_NAMES[kind]}=')} ~ {plain(term, use)} ~ ')')"
    if (
        flags.startswith("0")
        or (verb == "s" and kind != "text" and term.type.name not in _STRINGERS)
        or verb == "d"
        or (flags and kind not in COMPARED)
    ):
        raise NotPortable(f"printf with %{flags}{verb} of such a value")
    shown = _shown(term, use)
    return f"({literal('%' + flags + 's')}|format({shown}))" if flags else shown


def _html(values: list[Value], use: Use) -> Value:
    code = _escaped(values, use)
    for character, entity in _HTML:
        code += f"|replace({literal(character)}, {literal(entity)})"
    return Term(f"({code})", TEXT)


def _escaped(values: list[Value], use: Use) -> str:
    (term,) = [single(value) for value in values]
    if term.type.kind in {"nothing", "missing"}:
        return literal("<no value>")
    if term.type.kind == "any":
        raise NotPortable("an escape of a value of unknown type")
    return plain(term, use)


def _urlquery(values: list[Value], use: Use) -> Value:
    return Term(f"({_escaped(values, use)}|urlencode|replace('%20', '+')|replace('/', '%2F'))", TEXT)


def _json(values: list[Value], use: Use) -> Value:
    return encoded(values[0], use)


def _typescript(values: list[Value], use: Use) -> Value:
    def name(term: Term) -> Term:
        if term.type.name == "property":
            return Term(f"{use('go_typescript')}({term.code})", TEXT, known=True)
        return term if term.type is ERROR else Term("'any'", TEXT, known=True)

    return distribute(values[0], name)


_Handler = tuple[int, "int | None", Callable[[list[Value], Use], Value]]

_FUNCTIONS: dict[str, _Handler] = {
    "not": (1, 1, negate),
    "eq": (1, None, eq),
    "ne": (2, 2, ne),
    "len": (1, 1, _len),
    "index": (1, None, _index),
    "slice": (1, None, _slice),
    "print": (0, None, _print),
    "println": (0, None, _println),
    "printf": (1, None, _printf),
    "html": (1, 1, _html),
    "urlquery": (1, 1, _urlquery),
    "json": (1, 1, _json),
    "toTypeScriptType": (1, 1, _typescript),
    **{name: (2, 2, ordered(sign)) for name, sign in _ORDER.items()},
}
