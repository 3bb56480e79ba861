"""What tells one state of a file from another without reading it, and when that can be believed.

A change gives a file a new time only if the clock of the file system moved since the last one. So a file that was
changed a moment ago may change again unseen: its identity is racy (git's ``racy-git.txt`` has the same rule).
"""

from __future__ import annotations

import os
import time

from olbuild.core.records import Frozen

_TICK_NS = 20_000_000  # Linux stamps files with a clock that moves every 1 to 10 ms
_COARSE_TICK_NS = 2_000_000_000  # FAT; HFS+ and ext3 have one second
_SECOND_NS = 1_000_000_000


class FileIdentity(Frozen, kw_only=True):
    """Device, inode, size in bytes, and the times of the last changes of content and of inode, in nanoseconds."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileIdentity:
        """Take it from the result of ``stat``."""
        return cls(
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            ctime_ns=status.st_ctime_ns,
        )

    def racy_for_ns(self, now_ns: int) -> int:
        """Return for how many nanoseconds from ``now_ns`` on a change could still go unseen; 0 if none can."""
        coarse = self.mtime_ns % _SECOND_NS == 0 and self.ctime_ns % _SECOND_NS == 0
        tick = _COARSE_TICK_NS if coarse else _TICK_NS
        return max(0, max(self.mtime_ns, self.ctime_ns) + tick - now_ns)


def settle(descriptor: int) -> tuple[FileIdentity, bool]:
    """Return the identity of an open file and whether every later change will show in it.

    Waits the few milliseconds after which a file that was just written can be believed.
    """
    identity = FileIdentity.of(os.fstat(descriptor))
    wait = identity.racy_for_ns(time.time_ns())
    if 0 < wait <= _TICK_NS:
        time.sleep(wait / _SECOND_NS)
        identity = FileIdentity.of(os.fstat(descriptor))
        wait = identity.racy_for_ns(time.time_ns())
    return identity, wait == 0
