"""Which tokens of which requests are evaluated next. Pure: no clock, no thread, no engine."""

from olbuild.running.scheduler.figures import Figures
from olbuild.running.scheduler.pace import Pace
from olbuild.running.scheduler.scheduler import Scheduler

__all__ = ["Figures", "Pace", "Scheduler"]
