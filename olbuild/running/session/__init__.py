"""A bundle that runs: load it, then ask it."""

from olbuild.running.session.generation import Generation
from olbuild.running.session.loading import load
from olbuild.running.session.model import Model

__all__ = ["Generation", "Model", "load"]
