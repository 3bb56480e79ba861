"""The options of a request, with Ollama's types (``api/types.go``, ``Options.FromMap``)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.errors import UsageError
from olbuild.running.options import LoadOptions, Sampling, defaults
from olbuild.serving.server.errors import Problem

_DEFAULTS = {**defaults(LoadOptions), **defaults(Sampling)}
_NUMBERS, _SEEDS = (1 << 31) - 1, (1 << 63) - 1  # the largest ones; what is larger means as much
_GO_NAMES = {bool: "boolean", type(None): "boolean", int: "integer", float: "float32", tuple: "array"}


def read_options(options: Mapping[str, Any]) -> dict[str, ParameterValue]:
    """Return the options that mean something; null is not there, fractions of whole numbers are cut.

    ``num_predict`` 0 is no limit of its own, as in Ollama.

    Raises:
        UsageError: if a number is too large.
        Problem: if a value is of another type; Ollama answers that with 500.
    """
    read = {
        name: _value(name, value, _DEFAULTS[name])
        for name, value in options.items()
        if name in _DEFAULTS and value is not None
    }
    if read.get("num_predict") == 0:
        read["num_predict"] = -1
    return read


def _value(name: str, value: Any, default: object) -> ParameterValue:  # noqa: ANN401 - any JSON value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and abs(value) > sys.float_info.max:
        raise UsageError("json: cannot unmarshal number into Go value of type float64")
    match default:
        case tuple() if isinstance(value, list):
            if not all(isinstance(item, str) for item in value):
                raise Problem(500, f'option "{name}" must be of an array of strings')
            return tuple(value)
        case None if isinstance(value, bool):
            return value
        case float() if number:
            return float(value)
        case int() if number:
            most = _SEEDS if name == "seed" else _NUMBERS
            return max(-most, min(int(value), most))
    raise Problem(500, f'option "{name}" must be of type {_GO_NAMES[type(default)]}')
