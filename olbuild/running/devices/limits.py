"""How many threads compute best here, and how much memory there is: within the limits of the control group."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from olbuild.core.records import Frozen


class Cores(Frozen, kw_only=True):
    """The processors that this process may use.

    Attributes:
        logical: processors in the affinity mask.
        physical: how many of them do not share a core with another one.
        quota: processor time that the control group grants, in processors; ``None`` is no limit.
    """

    logical: int
    physical: int
    quota: float | None = None

    @property
    def threads(self) -> int:
        """Threads for the engine: one for each physical core, never more than the quota, at least one.

        A quota is rounded down: one thread too many waits at every barrier until the next period, and all others too.
        """
        limit = self.physical if self.quota is None else min(self.physical, int(self.quota))
        return max(1, limit)


def usable_cores(root: Path = Path("/")) -> Cores:
    """Examine the machine. ``root`` stands in for the file system's in tests."""
    affinity = _affinity()
    return Cores(logical=len(affinity), physical=_physical(affinity, root), quota=_quota(root))


def usable_memory(root: Path = Path("/")) -> int | None:
    """Return how much memory this process may use, in bytes: the machine's, or less where a control group says so.

    Memory of a graphics processor is not counted. ``None`` if it cannot be found out. ``root`` is as in `usable_cores`.
    """
    limits = [_installed(root), *_limits(root, "memory", _memory_v2, _memory_v1)]
    return min((int(limit) for limit in limits if limit is not None), default=None)


def free_memory(root: Path = Path("/")) -> int | None:
    """Return how much memory this process could take now without driving others out, in bytes.

    That is what the system calls available, or less where a control group has used up its limit; pages of files, which
    go when memory is needed, count as free. ``None`` if it cannot be found out.
    """
    found = re.search(r"^MemAvailable: +([0-9]+) kB$", _text(root / "proc/meminfo"), re.MULTILINE)
    available = int(found[1]) * 1024 if found else _installed(root)
    rests = [available, *_limits(root, "memory", _rest_v2, _rest_v1)]
    return min((max(0, int(rest)) for rest in rests if rest is not None), default=None)


def _rest_v2(folder: Path) -> float | None:
    return _rest(_memory_v2(folder), folder / "memory.current", folder / "memory.stat", "inactive_file")


def _rest_v1(folder: Path) -> float | None:
    return _rest(_memory_v1(folder), folder / "memory.usage_in_bytes", folder / "memory.stat", "total_inactive_file")


def _rest(limit: float | None, used: Path, statistics: Path, files: str) -> float | None:
    """Return what a control group leaves of its limit; ``files`` counts pages of files that are not in use."""
    taken = _text(used)
    if limit is None or not taken.isdecimal():
        return limit
    found = re.search(rf"^{files} ([0-9]+)$", _text(statistics), re.MULTILINE)
    return limit - int(taken) + (int(found[1]) if found else 0)


def _installed(root: Path) -> int | None:
    """Return the memory of the machine; where there is no ``/proc`` (macOS), as the system says."""
    found = re.search(r"^MemTotal: +([0-9]+) kB$", _text(root / "proc/meminfo"), re.MULTILINE)
    if found:
        return int(found[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _memory_v2(folder: Path) -> float | None:
    limit = _text(folder / "memory.max")
    return int(limit) if limit.isdecimal() else None


def _memory_v1(folder: Path) -> float | None:
    limit = _text(folder / "memory.limit_in_bytes")
    return int(limit) if limit.isdecimal() else None


def _affinity() -> set[int]:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _physical(affinity: set[int], root: Path) -> int:
    """Count the cores behind some processors; siblings list each other in the same words."""
    siblings = {
        _text(root / f"sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list") or str(number)
        for number in affinity
    }
    return len(siblings)


def _quota(root: Path) -> float | None:
    """Return the smallest quota on the way from the process's control group up to the root, in processors."""
    quotas = _limits(root, "cpu", _quota_v2, _quota_v1)
    return min((quota for quota in quotas if quota is not None), default=None)


_Read = Callable[[Path], float | None]


def _limits(root: Path, controller: str, read_v2: _Read, read_v1: _Read) -> list[float | None]:
    """Read the limits of a controller from the process's control group up to the root."""
    limits = []
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if not controllers:  # version 2 has one hierarchy, without a name
            limits += _walk(root / "sys/fs/cgroup", path, read_v2)
        elif controller in controllers.split(","):
            names = (controller, controllers)
            mount = next((name for name in names if (root / "sys/fs/cgroup" / name).is_dir()), controller)
            limits += _walk(root / "sys/fs/cgroup" / mount, path, read_v1)
    return limits


def _walk(mount: Path, path: str, read: _Read) -> list[float | None]:
    """Read the quota of a group and of each of its parents. In a container the path may lie outside the mount."""
    group = Path(os.path.normpath(mount / path.lstrip("/")))
    groups = [group, *group.parents] if group.is_relative_to(mount) else [mount]
    return [read(folder) for folder in groups if folder.is_relative_to(mount)]


def _quota_v2(folder: Path) -> float | None:
    limit, _, period = _text(folder / "cpu.max").partition(" ")
    return int(limit) / int(period) if limit.isdecimal() and period.isdecimal() and int(period) else None


def _quota_v1(folder: Path) -> float | None:
    limit, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
    return int(limit) / int(period) if limit.isdecimal() and period.isdecimal() and int(period) else None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""
