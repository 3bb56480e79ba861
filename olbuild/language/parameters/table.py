"""The one table of parameters: what ``check``, hover, completion, the schema and ``docs/parameters.md`` say of them.

Defaults and meanings are Ollama's (``api/types.go``, ``DefaultOptions``); ranges are what llama.cpp and its samplers
can do something sensible with (``common_params_sampling``).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from olbuild.core.records import Frozen

Kind = Literal["int", "float", "bool", "texts"]
Value: TypeAlias = int | float | bool | tuple[str, ...]


class Range(Frozen):
    """The smallest and the largest value that makes sense, and what else there is to say about it."""

    low: float
    high: float | None
    note: str = ""

    def __contains__(self, value: float) -> bool:
        """Whether a value is in the range."""
        return self.low <= value and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        """Return the range for a message."""
        limits = f"at least {self.low:.10g}" if self.high is None else f"from {self.low:.10g} to {self.high:.10g}"
        return f"{limits} ({self.note})" if self.note else limits


class ParameterEntry(Frozen, kw_only=True):
    """A parameter.

    ``default`` is ``None`` where it depends on the model or the machine; ``default_note`` then says on what. ``range``
    is what makes sense, which is narrower than what is accepted. ``choices`` are the values to offer, if they are few.
    """

    name: str
    kind: Kind
    meaning: str
    default: int | float | None
    default_note: str = ""
    range: Range | None = None
    unit: str = ""
    example: str
    choices: tuple[str, ...] = ()

    @property
    def default_text(self) -> str:
        """The default in words."""
        if self.default is None:
            return self.default_note
        return f"{self.default} ({self.default_note})" if self.default_note else str(self.default)


ENGINE_LIMITS = Range(-(2**31) + 1, 2**31 - 1)
"""What a whole number of llama.cpp can hold. A seed may be any number: it is cut to its bits."""

TABLE: tuple[ParameterEntry, ...] = (
    ParameterEntry(
        name="num_ctx",
        kind="int",
        meaning="Size of the context, which prompt and answer share.",
        default=None,
        default_note="4096, or less when the model was trained with less",
        range=Range(4, None),
        unit="tokens",
        example="8192",
    ),
    ParameterEntry(
        name="num_batch",
        kind="int",
        meaning="Most tokens of a prompt that are evaluated in one step.",
        default=512,
        range=Range(1, None),
        unit="tokens",
        example="512",
    ),
    ParameterEntry(
        name="num_gpu",
        kind="int",
        meaning="Layers of the model that are kept on the GPU; 0 uses the CPU alone.",
        default=-1,
        default_note="all of them, when the engine has a GPU",
        range=Range(-1, None, "-1 leaves it to the engine"),
        unit="layers",
        example="20",
    ),
    ParameterEntry(
        name="main_gpu",
        kind="int",
        meaning="Number of the only GPU to use.",
        default=None,
        default_note="all GPUs",
        range=Range(0, None),
        example="0",
    ),
    ParameterEntry(
        name="num_thread",
        kind="int",
        meaning="Threads that compute.",
        default=0,
        default_note="as many as suit the machine",
        range=Range(0, None, "0 leaves it to the engine"),
        unit="threads",
        example="8",
    ),
    ParameterEntry(
        name="draft_num_predict",
        kind="int",
        meaning="How many tokens the DRAFT model looks ahead.",
        default=4,
        default_note="0 without a draft model",
        range=Range(0, None),
        unit="tokens",
        example="8",
    ),
    ParameterEntry(
        name="num_keep",
        kind="int",
        meaning="Tokens of the beginning that stay when the context is full and its older part is dropped.",
        default=4,
        range=Range(-1, None, "-1 keeps all of the prompt"),
        unit="tokens",
        example="64",
    ),
    ParameterEntry(
        name="seed",
        kind="int",
        meaning="Start of the random choices: the same seed and prompt give the same answer.",
        default=-1,
        default_note="another one each time",
        range=Range(-1, 2**32 - 1, "-1 is another one each time"),
        example="42",
    ),
    ParameterEntry(
        name="num_predict",
        kind="int",
        meaning="Most tokens of an answer.",
        default=-1,
        default_note="as many as the context has",
        range=Range(-2, None, "negative is as many as the context has"),
        unit="tokens",
        example="512",
    ),
    ParameterEntry(
        name="top_k",
        kind="int",
        meaning="Choose among this many of the most likely tokens.",
        default=40,
        range=Range(0, None, "0 switches it off"),
        unit="tokens",
        example="40",
    ),
    ParameterEntry(
        name="repeat_last_n",
        kind="int",
        meaning="How far back the penalties for repetition look.",
        default=64,
        range=Range(-1, None, "0 switches it off, -1 is the whole context"),
        unit="tokens",
        example="64",
    ),
    ParameterEntry(
        name="top_p",
        kind="float",
        meaning="Choose among the most likely tokens whose probabilities add up to this.",
        default=0.9,
        range=Range(0, 1),
        example="0.9",
    ),
    ParameterEntry(
        name="min_p",
        kind="float",
        meaning="Drop tokens that are less likely than this share of the most likely one.",
        default=0.0,
        range=Range(0, 1),
        example="0.05",
    ),
    ParameterEntry(
        name="typical_p",
        kind="float",
        meaning="Prefer tokens that are about as surprising as expected; 1 switches it off.",
        default=1.0,
        range=Range(0, 1),
        example="0.95",
    ),
    ParameterEntry(
        name="temperature",
        kind="float",
        meaning="How freely tokens are chosen: 0 always takes the most likely one, more makes answers more varied.",
        default=0.8,
        range=Range(0, 2),
        example="0.7",
    ),
    ParameterEntry(
        name="repeat_penalty",
        kind="float",
        meaning="Divides the score of tokens that were used already; 1 switches it off.",
        default=1.0,
        range=Range(0, 2),
        example="1.1",
    ),
    ParameterEntry(
        name="presence_penalty",
        kind="float",
        meaning="Taken from the score of every token that was used already.",
        default=0.0,
        range=Range(-2, 2),
        example="0.5",
    ),
    ParameterEntry(
        name="frequency_penalty",
        kind="float",
        meaning="Taken from the score of a token once for each time that it was used already.",
        default=0.0,
        range=Range(-2, 2),
        example="0.5",
    ),
    ParameterEntry(
        name="use_mmap",
        kind="bool",
        meaning="Whether the file of the weights is mapped into memory, or read.",
        default=None,
        default_note="the engine decides",
        example="true",
        choices=("true", "false"),
    ),
    ParameterEntry(
        name="stop",
        kind="texts",
        meaning="A text that ends the answer and is no part of it. May be given several times.",
        default=None,
        default_note="none",
        example='"<|im_end|>"',
    ),
)
"""Every parameter that exists."""
