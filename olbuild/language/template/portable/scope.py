"""What a translation knows at a place: variables, what the prelude must provide, and where it is in the source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import field

from olbuild.core.records import Mutable
from olbuild.core.text import Span
from olbuild.language.template.portable.texts import NO_VALUE, failed, join
from olbuild.language.template.portable.types import MISSING, NotPortable, Root, Term, Type, Value


class Widened(Exception):
    """An assignment changed what is known of a variable: the translation begins anew with that."""


class Needs(Mutable):
    """What a translation found out, for the prelude and for the next attempt.

    ``types`` are the types of variables that are assigned, by their place. ``assigned`` are their names.
    """

    assigned: frozenset[str]
    types: dict[tuple[int, str], Type] = field(default_factory=dict)
    macros: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)
    counter: int = 0
    room: int = 6000  # lines of output


class Scope(Mutable):
    """Variables by name, innermost last: their values, and the place of their declaration."""

    needs: Needs
    missing: Term
    variables: list[tuple[str, Value, tuple[int, str]]]

    @classmethod
    def of(cls, needs: Needs, root: Value, *, strict: bool) -> Scope:
        """Begin a template or a definition; ``strict`` makes the fields of an unknown key a failure."""
        missing = Term("none", MISSING) if strict else NO_VALUE
        return cls(needs, missing, [("$", root, (-1, "$"))])

    def definition(self, root: Value) -> Scope:
        """Begin a definition: it sees none of the variables."""
        return Scope(self.needs, self.missing, [("$", root, (-1, "$"))])

    @contextmanager
    def block(self) -> Iterator[None]:
        """Forget afterwards what is declared inside."""
        mark = len(self.variables)
        yield
        del self.variables[mark:]

    @contextmanager
    def at(self, span: Span) -> Iterator[None]:
        """Know where an expression stands, for the reason why it is not portable."""
        self.needs.spans.append(span)
        yield
        self.needs.spans.pop()

    def use(self, macro: str) -> str:
        """Ask for a macro."""
        self.needs.macros.add(macro)
        return macro

    def see(self, name: str) -> None:
        """Ask for a field of messages."""
        self.needs.fields.add(name)

    def fresh(self, hint: str) -> str:
        """Return a name that no other variable has."""
        self.needs.counter += 1
        letters = "".join(part for part in hint if part.isascii() and (part.isalnum() or part == "_"))
        letters = letters.lstrip("_0123456789").rstrip("_")
        return f"{letters or 'v'}_{self.needs.counter}"

    def variable(self, name: str) -> Value:
        """Return the value of a variable."""
        for known, value, _ in reversed(self.variables):
            if known == name:
                return value
        return failed(f"{name} has no value")

    def declare(self, name: str, value: Value, place: tuple[int, str]) -> None:
        """Add a variable."""
        self.variables.append((name, value, place))

    def declared_type(self, place: tuple[int, str], type_: Type) -> Type:
        """Return the type of a variable that is assigned somewhere, as far as it is known."""
        return self.needs.types.setdefault(place, type_)

    def assign(self, name: str, type_: Type) -> Term:
        """Return where to store a new value of a variable.

        Raises:
            Widened: if the variable was not known to take such values.
            NotPortable: if no type fits them all.
        """
        for known, value, place in reversed(self.variables):
            if known == name:
                if isinstance(value, Root) or not isinstance(value, Term) or place not in self.needs.types:
                    raise NotPortable("an assignment to such a variable")
                wider = join(self.needs.types[place], type_)
                if wider is not self.needs.types[place]:
                    self.needs.types[place] = wider
                    raise Widened
                return value
        raise NotPortable("an assignment to a variable that is not declared")
