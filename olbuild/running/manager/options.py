"""Which parameters are fixed when a model is loaded, and when two wishes are the same. Pure.

Ollama (server/sched.go, ``needsReload``): what is automatic is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.artifact.bundle import ParameterValue
from olbuild.running.options import FIXED

Parameters = Mapping[str, ParameterValue]

_AUTOMATIC: dict[str, frozenset[int]] = {
    "num_ctx": frozenset({0, -1}),
    "num_batch": frozenset({0, -1}),
    "num_gpu": frozenset({-1}),
    "main_gpu": frozenset({-1}),
    "num_thread": frozenset({0, -1}),
}


def fixed_at_load(parameters: Parameters) -> dict[str, ParameterValue]:
    """Return those of some parameters that are fixed at load and not automatic."""
    found = {name: value for name, value in parameters.items() if name in FIXED and value is not None}
    return {name: value for name, value in found.items() if not _is_automatic(name, value)}


_OPEN = frozenset({"num_gpu", "main_gpu", "use_mmap"})
"""Of these, whoever says nothing takes what there is; of the others, what is automatic."""


def same_when_loaded(wanted: Parameters, asked: Parameters, automatic: Parameters, loaded: Parameters) -> bool:
    """Whether a loaded model is the one that is wanted.

    Args:
        wanted: what is wanted, by the artifact and the request.
        asked: what was, when it was loaded.
        automatic: what is taken where nobody says something.
        loaded: what came of it.
    """
    return all(_same(name, wanted, {**automatic, **asked}, automatic, loaded) for name in FIXED)


def _same(name: str, wanted: Parameters, asked: Parameters, automatic: Parameters, loaded: Parameters) -> bool:
    if name not in wanted:
        return name in _OPEN or asked.get(name) == automatic.get(name)
    return wanted[name] in (asked.get(name), loaded.get(name))


def _is_automatic(name: str, value: ParameterValue) -> bool:
    return isinstance(value, int) and value in _AUTOMATIC.get(name, ())
