"""A bundle that runs: ``loading.load`` it, then ask the ``model.Model``."""
