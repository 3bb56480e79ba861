"""A field of a value: a method, a member of a struct, or a key of a map (text/template/exec.go, evalField)."""

from __future__ import annotations

from olbuild.language.template.go.errors import GoError
from olbuild.language.template.go.methods import method
from olbuild.language.template.go.values import INVALID, Map, Struct, Value, type_name


def field_of(value: Value, name: str, missing: Value) -> Value:
    """Return a field. ``missing`` INVALID is Go's default for unknown keys; None is ``missingkey=zero``.

    Raises:
        GoError: if the value has no fields, or not this one.
    """
    if value is INVALID:
        return INVALID
    if value is None:
        raise GoError(f"nil pointer evaluating interface {{}}.{name}")
    found = method(value, name)
    if found is not None:
        return found()
    if isinstance(value, Struct) and name in value.values and name[0].isupper():
        return value.values[name]
    if isinstance(value, Map):
        if value.entries and name in value.entries:
            return value.entries[name]
        return INVALID if missing is INVALID else value.zero
    raise GoError(f"can't evaluate field {name} in type {type_name(value)}")
