"""The parameters of a model, typed, with Ollama's names, defaults and meaning (api/types.go, ``DefaultOptions``)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen
from olbuild.language.parameters.table import ENGINE_LIMITS

_MOST_THREADS = 512  # GGML_MAX_N_THREADS
_MOST_STOPS, _MOST_CHARACTERS = 256, 16_384


class Adapter(Frozen):
    """A GGUF LoRA file that is applied to a model, ``scale`` times: 0 has no effect."""

    path: Path
    scale: float = 1.0


class LoadOptions(Frozen, kw_only=True):
    """What is fixed when a model is loaded.

    Attributes:
        num_ctx: size of the context in tokens, at least 4; more than the model was trained with is cut to that.
            0 is automatic: 4096, or less when the model was trained with less.
        num_batch: most tokens of a prompt that are evaluated in one step.
        num_gpu: layers on the GPU; negative is all of them when the engine has one.
        main_gpu: the only GPU to use; negative is all of them.
        use_mmap: whether the file is mapped or read; ``None`` leaves it to llama.cpp.
        num_thread: threads; 0 or less is automatic.
    """

    num_ctx: int = 0
    num_batch: int = 512
    num_gpu: int = -1
    main_gpu: int = -1
    use_mmap: bool | None = None
    num_thread: int = 0

    def __post_init__(self) -> None:
        """Refuse what llama.cpp aborts on."""
        if self.num_thread > _MOST_THREADS:
            raise UsageError(f"parameter num_thread is {self.num_thread}, and may be at most {_MOST_THREADS}")


FIXED = frozenset(LoadOptions.__struct_fields__)
"""The names of the parameters that are fixed at load."""


class Sampling(Frozen, kw_only=True):
    """How an answer is chosen; can differ from call to call.

    Attributes:
        seed: -1 chooses one; the same seed and prompt give the same text.
        num_predict: most tokens to generate; a negative number is one context, and more than ten are ten.
        num_keep: tokens kept at the front when the context is shifted. Nothing is shifted yet: a full context ends
            the answer.
        repeat_last_n: tokens, of prompt and answer, that the penalties look back on; 0 is none, -1 the context.
        draft_num_predict: tokens that are guessed and checked together, by the draft or, without one, by looking up
            what followed in the prompt; 0 is none, and a negative number 4 with a draft and none without.
        temperature: 0 or less always takes the most probable token.
        top_k: 0 or less is the whole vocabulary.
        stop: texts that end the answer, and are not part of it.
    """

    seed: int = -1
    num_predict: int = -1
    num_keep: int = 4
    top_k: int = 40
    top_p: float = 0.9
    min_p: float = 0.0
    typical_p: float = 1.0
    repeat_last_n: int = 64
    temperature: float = 0.8
    repeat_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    draft_num_predict: int = -1
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what llama.cpp's samplers would abort on, and stop texts that take longer to look for than a token."""
        if self.repeat_penalty <= 0:
            raise UsageError(f"parameter repeat_penalty is {self.repeat_penalty:g}, and must be more than 0")
        if len(self.stop) > _MOST_STOPS or sum(map(len, self.stop)) > _MOST_CHARACTERS:
            raise UsageError(
                f"parameter stop has {len(self.stop)} texts of {sum(map(len, self.stop))} characters,"
                f" and may have {_MOST_STOPS} of {_MOST_CHARACTERS}"
            )

    def guesses(self, *, drafts: bool) -> int:
        """Return how many tokens may be guessed at once: Ollama's default is 4 with a draft, and none without."""
        wanted = self.draft_num_predict
        return min(wanted if wanted >= 0 else (_WITH_DRAFT if drafts else 0), _MOST_GUESSES)


_WITH_DRAFT, _MOST_GUESSES = 4, 32

GUESSED_AT_ONCE = 4
"""Nothing is guessed while more answers than this are given: a step for many is used well without."""

Options = TypeVar("Options", LoadOptions, Sampling)


def defaults(kind: type[LoadOptions | Sampling]) -> dict[str, object]:
    """Return the defaults of a kind of options, by name."""
    return dict(zip(kind.__struct_fields__, kind.__struct_defaults__, strict=True))


def read_options(kind: type[Options], parameters: Mapping[str, ParameterValue]) -> Options:
    """Take from some parameters those that a kind of options has; the others are left alone.

    A fraction is cut for a whole number, as Ollama does.

    Raises:
        UsageError: if a value is of another type, or impossible.
    """
    known = defaults(kind)
    values = {name: _value(name, value, known[name]) for name, value in parameters.items() if name in known}
    return kind(**values)  # type: ignore[arg-type]


def unknown_parameters(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that mean nothing to this engine, sorted."""
    known = FIXED.union(Sampling.__struct_fields__)
    return tuple(sorted(set(names) - known))


def _value(name: str, value: ParameterValue, default: object) -> ParameterValue:
    match default:
        case tuple() if isinstance(value, str | tuple):
            texts = (value,) if isinstance(value, str) else value
            return tuple(text for text in texts if text)  # an empty text would stop everything
        case None if isinstance(value, bool):
            return value
        case float() if _is_number(value):
            return float(value)  # type: ignore[arg-type]
        case int() if _is_number(value):
            return _whole(name, int(value))  # type: ignore[arg-type]
    wanted = {tuple: "text", type(None): "true or false", float: "a number", int: "a whole number"}[type(default)]
    raise UsageError(f"parameter {name} must be {wanted}, not {value!r}")


def _whole(name: str, value: int) -> int:
    """Check the range that llama.cpp's numbers have; a seed of any size is cut to its bits."""
    if name != "seed" and value not in ENGINE_LIMITS:
        raise UsageError(f"parameter {name} is {value}, and must be from {ENGINE_LIMITS.low} to {ENGINE_LIMITS.high}")
    return value


def _is_number(value: ParameterValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
