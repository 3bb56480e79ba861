"""Functions of Go over terms. What Go refuses becomes a call of ``raise_exception``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from olbuild.language.template.portable.comparisons import eq, ne, negate, ordered
from olbuild.language.template.portable.constants import folded
from olbuild.language.template.portable.literals import literal
from olbuild.language.template.portable.printf import printf
from olbuild.language.template.portable.texts import (
    COUNTS_BYTES,
    Use,
    distribute,
    encoded,
    failed,
    joined,
    plain,
    shown,
    single,
    texts_of,
)
from olbuild.language.template.portable.types import ERROR, INT, TEXT, NotPortable, Term, Value

_ORDER = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_HTML = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;"))


def call(name: str, values: list[Value], use: Use) -> Value:
    """Return the result of a function of these arguments.

    Raises:
        NotPortable: if Jinja cannot express it.
    """
    if name == "currentDate":
        return Term("strftime_now('%Y-%m-%d')", TEXT, known=True)
    if name == "yesterdayDate":
        return Term(f"{use('go_yesterday')}(strftime_now('%Y-%m-%d'))", TEXT, known=True)
    known = folded(name, values)
    if known is not None:
        return known
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
            return Term(_bytes(term.code), INT)
        case "any":
            return Term(f"({_bytes(term.code)} if {term.code} is string else {term.code}|length)", INT)
        case _:
            return failed("this has no length")


def _bytes(text: str) -> str:
    """Return the number of bytes of a text: what an engine counts, or each that is not plain as ``%XX`` in a URL."""
    return f"({text}|length if {COUNTS_BYTES} else {text}|urlencode|length - 2 * ({text}|urlencode).count('%'))"


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


def _slice(values: list[Value], use: Use) -> Value:
    value, *bounds = values
    terms = [single(bound) for bound in bounds]
    if any(term.type.kind not in {"int", "any"} for term in terms) or len(terms) > 2:  # noqa: PLR2004 - from, to
        raise NotPortable("a slice with such bounds")
    cut = ":".join([*(term.code for term in terms), "", ""][:2])
    first = terms[0].code if terms else "0"
    last = terms[1].code if len(terms) > 1 else "none"

    def part(term: Term) -> Value:
        if term.type is ERROR:
            return term
        if term.type is TEXT:
            walked = f"{use('go_slice')}({term.code}, {first}, {last})"
            return Term(f"({term.code}[{cut}] if {COUNTS_BYTES} else {walked})", TEXT)
        if term.type.kind == "list" and term.type.name not in {"type_names", "tools"}:
            return Term(f"{term.code}[{cut}]", term.type)
        raise NotPortable("a slice of such a value")

    return distribute(value, part)


def _print(values: list[Value], use: Use) -> Value:
    if len(values) == 1:
        return texts_of(values[0], use)
    terms = [single(value) for value in values]
    pieces: list[str] = []
    for number, term in enumerate(terms):
        if number and "text" not in {term.type.kind, terms[number - 1].type.kind}:
            if "any" in {term.type.kind, terms[number - 1].type.kind}:
                raise NotPortable("print of several values of unknown type")
            pieces.append("' '")
        pieces.append(shown(term, use))
    return joined(pieces)


def _println(values: list[Value], use: Use) -> Value:
    pieces: list[str] = []
    for number, value in enumerate(values):
        pieces += ["' '"] if number else []
        pieces.append(texts_of(value, use).code)
    return joined([*pieces, "'\\n'"])


def _html(values: list[Value], use: Use) -> Value:
    code = _escaped(values, use)
    for character, entity in _HTML:
        code += f"|replace({literal(character)}, {literal(entity)})"
    return Term(f"({code})", TEXT)


def _escaped(values: list[Value], use: Use) -> str:
    """Return the text that is escaped (text/template/funcs.go, evalArgs): of several values, what ``print`` makes."""

    def one(term: Term) -> Value:
        if term.type.kind in {"nothing", "missing"}:
            return Term(literal("<no value>"), TEXT)
        if term.type.kind == "any":
            raise NotPortable("an escape of a value of unknown type")
        return term

    stated: list[Value] = [distribute(value, one) for value in values]
    if len(stated) != 1:
        return single(_print(stated, use)).code
    return single(distribute(stated[0], lambda term: Term(plain(term, use), TEXT))).code


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
    "printf": (1, None, printf),
    "html": (0, None, _html),
    "json": (1, 1, _json),
    "toTypeScriptType": (1, 1, _typescript),
    **{name: (2, 2, ordered(sign)) for name, sign in _ORDER.items()},
}
