"""Parameters of an answer as the OpenAI API names them.

Ollama sets temperature and top_p to 1.0 where a client says nothing, over whatever the model's own PARAMETERs are. Here
the model's win, and 1.0, which the OpenAI API documents as the default, is for models that say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.errors import UsageError
from olbuild.running.requests import Chat, Complete

Value: TypeAlias = int | float | bool | str | tuple[str, ...] | None
Options: TypeAlias = dict[str, Value]

DEFAULTS: Mapping[str, float] = {"temperature": 1.0, "top_p": 1.0}
_MOST_STOPS = 64


class Sampled(msgspec.Struct, kw_only=True):
    """What all requests for text share. The last three are no part of the API; llama.cpp has them, too."""

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: Any = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    max_tokens: int | None = None
    logit_bias: dict[str, float] | None = None
    top_k: int | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None


def options(asked: Sampled, most: int | None = None) -> Options:
    """Return the options that a request gives.

    Args:
        asked: the request.
        most: most tokens, where that has another name than ``max_tokens``.

    Raises:
        UsageError: if it asks for what is not supported.
    """
    if asked.logit_bias:
        raise UsageError("logit_bias is not supported", hint="leave it out, or forbid texts with a grammar")
    stop = _stop(asked.stop)
    if len(stop) > _MOST_STOPS:
        raise UsageError(f"stop has {len(stop)} texts, and may have {_MOST_STOPS}")
    given: dict[str, int | float | str | tuple[str, ...] | None] = {
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "seed": asked.seed,
        "stop": stop or None,
        "frequency_penalty": asked.frequency_penalty,
        "presence_penalty": asked.presence_penalty,
        "num_predict": asked.max_tokens if most is None else most,
        "top_k": asked.top_k,
        "min_p": asked.min_p,
        "repeat_penalty": asked.repeat_penalty,
    }
    return {name: value for name, value in given.items() if value is not None}


def _stop(said: object) -> tuple[str, ...]:
    """Return the texts that end an answer: one, or those of a list. What is no text ends none, as in Ollama."""
    texts = [said] if isinstance(said, str) else said
    return tuple(text for text in texts if isinstance(text, str)) if isinstance(texts, list) else ()


def completed(given: Mapping[str, Value], parameters: Mapping[str, ParameterValue]) -> dict[str, Value]:
    """Return options with the defaults of the API where neither they nor the parameters of the model say anything."""
    return {**{name: value for name, value in DEFAULTS.items() if name not in parameters}, **given}


def effective(name: str, options: Mapping[str, Value], parameters: Mapping[str, ParameterValue]) -> float:
    """Return the value that a parameter has in an answer, as far as the request and the model say it."""
    value = options.get(name, parameters.get(name))
    return value if isinstance(value, int | float) else DEFAULTS.get(name, 0.0)


Q = TypeVar("Q", Chat, Complete)


def seeded(question: Q, number: int) -> Q:
    """Return the request for one of several answers: with a seed, each has its own, and the first has that one."""
    seed = question.options.get("seed")
    if number == 0 or not isinstance(seed, int):
        return question
    return msgspec.structs.replace(question, options={**question.options, "seed": seed + number})
