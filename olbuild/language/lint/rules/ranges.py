"""Rules about the ranges of parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Remark, rule
from olbuild.language.modelfile import Parameter
from olbuild.language.modelfile.parameters import PARAMETERS, read_value


@dataclass(frozen=True, slots=True)
class Range:
    """The smallest and the largest value that makes sense, and what else there is to say about it."""

    low: float
    high: float | None
    note: str = ""

    def __contains__(self, value: float) -> bool:
        """Whether a value is in the range."""
        return self.low <= value and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        """Return the range for a message."""
        limits = f"at least {self.low:g}" if self.high is None else f"from {self.low:g} to {self.high:g}"
        return f"{limits} ({self.note})" if self.note else limits


RANGES: Mapping[str, Range] = MappingProxyType(
    {
        "num_ctx": Range(4, None),
        "num_batch": Range(1, None),
        "num_gpu": Range(-1, None, "-1 leaves it to the engine"),
        "main_gpu": Range(0, None),
        "num_thread": Range(0, None, "0 leaves it to the engine"),
        "draft_num_predict": Range(0, None),
        "num_keep": Range(-1, None, "-1 keeps all of the prompt"),
        "seed": Range(-1, 2**32 - 1, "-1 is another one each time"),
        "num_predict": Range(-2, None, "-1 has no limit, -2 fills the context"),
        "top_k": Range(0, None, "0 switches it off"),
        "repeat_last_n": Range(-1, None, "0 switches it off, -1 is the whole context"),
        "top_p": Range(0, 1),
        "min_p": Range(0, 1),
        "typical_p": Range(0, 1),
        "temperature": Range(0, 2),
        "repeat_penalty": Range(0, 2),
        "presence_penalty": Range(-2, 2),
        "frequency_penalty": Range(-2, 2),
    }
)
"""What the engine and its samplers can do something sensible with (llama.cpp, ``common_params_sampling``)."""


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
        allowed = RANGES.get(each.name)
        value = _number(each)
        if allowed is not None and value is not None and value not in allowed:
            message = f"{each.name} {each.value} is out of range"
            yield Remark(span=each.place.value, message=message, hint=f"{each.name} is {allowed}")


def _number(parameter: Parameter) -> float | None:
    try:
        value = read_value(PARAMETERS[parameter.name], parameter.value)
    except (KeyError, ValueError):
        return None
    return value if isinstance(value, int | float) else None


RULES = (out_of_range,)
