"""Make the engine available in this interpreter's environment: from a cached wheel, a ready one, or compiled once.

``olbuild engine install`` and ``python -m olbuild.llama.install [--cache DIR]`` are the commands, the latter for a
fresh checkout: it takes no ready wheel. ``ensure_engine`` is the function.
"""

from olbuild.llama.install.accelerator import Accelerator
from olbuild.llama.install.ensure import Origin, default_cache, ensure_engine
from olbuild.llama.install.wish import Wish

__all__ = ["Accelerator", "Origin", "Wish", "default_cache", "ensure_engine"]
