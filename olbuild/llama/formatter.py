"""llama-cpp-python's own chat formatter: how that package renders a chat template, to compare with."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from olbuild.core.errors import EngineError
from olbuild.llama.find import find
from olbuild.llama.version import FIX, MEND, PACKAGE


def chat_formatter(template: str) -> Callable[[Mapping[str, Any]], str]:
    """Return a function that renders a template with variables.

    Raises:
        EngineError: if the engine is missing or cannot be loaded.
    """
    if find() is None:
        raise EngineError(f"{PACKAGE} is missing", hint=FIX)
    try:
        module = importlib.import_module("llama_cpp.llama_chat_format")
    except (OSError, RuntimeError, AttributeError, ImportError) as error:
        raise EngineError(f"{PACKAGE} cannot be loaded: {error}", hint=MEND) from None
    formatter = module.Jinja2ChatFormatter(template, eos_token="", bos_token="")

    def render(variables: Mapping[str, Any]) -> str:
        given = {name: value for name, value in variables.items() if name != "add_generation_prompt"}
        prompt: str = formatter(**given).prompt
        return prompt

    return render
