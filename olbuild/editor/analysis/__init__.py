"""Findings, formatting and mending of open texts, in a process of its own that can be stopped at any time."""
