"""olbuild: a Modelfile becomes an artifact, and the artifact a running model.

The floors, in reading order: core, llama, language, artifact, storage, running, building, api, serving, editor,
deploy, testing, cli. High imports low; ``make contracts`` checks it.

``olbuild.load("me/assistant")`` loads a model into a Python program (docs/python.md). What it needs is imported when it
is asked for, so that ``import olbuild`` costs nothing; the types are in ``__init__.pyi``.
"""

__version__ = "0.1.0"

_LOADED = ("Answer", "Grammar", "LoadedModel", "load")


def __getattr__(name: str) -> object:
    """Load what Python programs use from the module that has it."""
    if name not in _LOADED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - nothing is imported at the start

    value: object = getattr(import_module("olbuild.api.loaded"), name)
    globals()[name] = value
    return value
