"""Parameters that a person writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.artifact.bundle import ParameterValue


def read_parameters(options: list[str]) -> dict[str, ParameterValue]:
    """Read ``KEY=VALUE`` as a Modelfile's PARAMETER; ``stop`` may come several times.

    Raises:
        UsageError: if there is no such parameter, or it has another value.
    """
    parameters: dict[str, ParameterValue] = {}
    for option in options:
        key, equals, text = option.partition("=")
        if not equals:
            raise UsageError(f"--option {option} has no value", hint="write KEY=VALUE")
        value, before = read_parameter(key, text, f"--option {option}"), parameters.get(key)
        parameters[key] = (*before, *value) if isinstance(before, tuple) and isinstance(value, tuple) else value
    return parameters


def read_parameter(key: str, text: str, where: str) -> ParameterValue:
    """Read a value; ``where`` is named in errors.

    Raises:
        UsageError: if there is no such parameter, or it has another value.
    """
    from olbuild.language.parameters import EXPECTED, kind_of, read_value

    kind = kind_of(key)
    try:
        return read_value(kind, text)
    except ValueError as error:
        raise UsageError(f"{where}: {error}", hint=f"{key} is {EXPECTED[kind]}") from None
