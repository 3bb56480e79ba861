"""Make the engine available in this interpreter's environment: from a cached wheel, or compiled once.

``python -m olbuild.llama.install [--cache DIR]`` is the command, ``ensure_engine`` the function.
"""

from olbuild.llama.install.ensure import Origin, default_cache, ensure_engine

__all__ = ["Origin", "default_cache", "ensure_engine"]
