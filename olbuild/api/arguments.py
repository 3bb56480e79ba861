"""Values for ARG from a command line and from a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from olbuild.api.modelfiles import read_modelfile
from olbuild.core.errors import UsageError


def read_arguments(
    pairs: Iterable[str], file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return arguments by their names. What is said on the command line wins over the file.

    Args:
        pairs: texts of the form ``NAME=value``, or ``NAME``, whose value is in the environment.
        file: a YAML mapping of names to texts, numbers and truth values, which are taken as they are written.
        environment: variables by their names.

    Raises:
        UsageError: if a text has no name or no value, or the file is no such mapping.
        NotFoundError: if the file cannot be read.
    """
    arguments = _of_file(file) if file is not None else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not (equals or name in environment):
            hint = "write --build-arg NAME=VALUE, or --build-arg NAME for a variable of the environment"
            raise UsageError(f"--build-arg {pair} has no value", hint=hint)
        arguments[name] = value if equals else environment[name]
    return arguments


def _of_file(path: Path) -> dict[str, str]:
    import yaml  # noqa: PLC0415 - for few builds

    data = read_modelfile(path, "name a YAML file of arguments")
    try:
        # The base loader leaves every value as it is written: 1.10 stays 1.10, and yes is no truth value.
        document = yaml.load(data, yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise UsageError(f"{path}{place} is no YAML: {reason}", hint="write NAME: value on each line") from None
    except RecursionError:
        raise UsageError(f"{path} is nested too deeply", hint="write NAME: value on each line") from None
    if document is None or document == "":
        return {}
    if not isinstance(document, dict):
        raise UsageError(f"{path} is no mapping of names to values", hint="write NAME: value on each line")
    for name, value in document.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise UsageError(f"{path}: the value of {name} is no text and no number", hint="write NAME: value")
    return document
