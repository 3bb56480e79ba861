"""Trials: the tests that travel in an artifact are asked, and the answers judged."""

from olbuild.building.trials.judge import Requirements
from olbuild.building.trials.run import Outcome, Trial, prepare, run_trials

__all__ = ["Outcome", "Requirements", "Trial", "prepare", "run_trials"]
