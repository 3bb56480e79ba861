"""Rules about the ranges of parameters."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Remark, rule
from olbuild.language.modelfile import Parameter
from olbuild.language.parameters import ENTRIES, read_value


@rule(
    "OLB331",
    "out-of-range",
    "warning",
    reason="The value has the right type and no sensible meaning: the engine bends it, or answers become noise.",
    triggers="FROM llama3.2:3b\nPARAMETER top_p 90\n",
    passes="FROM llama3.2:3b\nPARAMETER top_p 0.9\n",
)
def out_of_range(subject: Subject) -> Iterator[Remark]:
    """Find numbers outside of the range of their parameter."""
    for each in subject.all(Parameter):
        entry = ENTRIES.get(each.name)
        allowed = entry.range if entry else None
        value = _number(each)
        if allowed is not None and value is not None and value not in allowed:
            message = f"{each.name} {each.value} is out of range"
            yield Remark(span=each.place.value, message=message, hint=f"{each.name} is {allowed}")


def _number(parameter: Parameter) -> float | None:
    try:
        value = read_value(ENTRIES[parameter.name].kind, parameter.value)
    except (KeyError, ValueError):
        return None
    return value if isinstance(value, int | float) else None


RULES = (out_of_range,)
