"""How busy a scheduler is."""

from __future__ import annotations

from olbuild.core.records import Frozen
from olbuild.running.scheduler.pool import Pool
from olbuild.running.scheduler.queue import Queue


class Figures(Frozen, kw_only=True):
    """How busy a scheduler is.

    Attributes:
        waiting: requests that have no sequence: new ones, and those that had to make room for others.
        reading: requests of which the prompt is being read.
        generating: requests that generate.
        cells: cells that hold tokens.
        cached: those of them that no request uses now.
        saved: tokens of which there are copies in ordinary memory.
        preempted: how many times a request had to make room for others, since the beginning.
    """

    waiting: int
    reading: int
    generating: int
    cells: int
    cached: int
    saved: int
    preempted: int

    @classmethod
    def of(cls, requests: int, queue: Queue, pool: Pool) -> Figures:
        """Look at a scheduler with so many requests."""
        running, reading = len(queue.running), len(queue.reading)
        return cls(
            waiting=requests - running,
            reading=reading,
            generating=running - reading,
            cells=pool.used,
            cached=pool.cached,
            saved=pool.saved,
            preempted=queue.preempted,
        )
