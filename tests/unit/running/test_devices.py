"""Threads follow affinity, shared cores and the quota of the control group."""

import os
from pathlib import Path

import pytest

from olbuild.running.devices import Cores, free_memory, limits, usable_cores, usable_memory


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_affinity", lambda: set(range(8)))


def _write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def _siblings(root: Path, *groups: str) -> None:
    for group in groups:
        for number in group.split(","):
            _write(root, f"sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list", f"{group}\n")


def test_nothing_is_known_but_the_affinity(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == Cores(logical=8, physical=8, quota=None)


def test_processors_that_share_a_core_count_once(tmp_path: Path) -> None:
    _siblings(tmp_path, "0,4", "1,5", "2,6", "3,7")
    assert usable_cores(tmp_path) == Cores(logical=8, physical=4, quota=None)


def test_the_smallest_quota_on_the_way_up_counts(tmp_path: Path) -> None:
    _write(tmp_path, "proc/self/cgroup", "0::/user/job\n")
    _write(tmp_path, "sys/fs/cgroup/user/job/cpu.max", "max 100000\n")
    _write(tmp_path, "sys/fs/cgroup/user/cpu.max", "250000 100000\n")
    assert usable_cores(tmp_path).quota == 2.5


def test_a_container_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    _write(tmp_path, "proc/self/cgroup", "0::/../../kubepods/pod1\n")
    _write(tmp_path, "sys/fs/cgroup/cpu.max", "150000 100000\n")
    assert usable_cores(tmp_path).quota == 1.5


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
def test_version_1_has_the_quota_in_two_files(tmp_path: Path, mount: str) -> None:
    _write(tmp_path, "proc/self/cgroup", "4:memory:/job\n3:cpu,cpuacct:/job\n")
    _write(tmp_path, f"sys/fs/cgroup/{mount}/job/cpu.cfs_quota_us", "300000\n")
    _write(tmp_path, f"sys/fs/cgroup/{mount}/job/cpu.cfs_period_us", "100000\n")
    assert usable_cores(tmp_path).quota == 3.0


@pytest.mark.parametrize("text", ["-1\n", "0\n", "nonsense", ""])
def test_no_quota(tmp_path: Path, text: str) -> None:
    _write(tmp_path, "proc/self/cgroup", f"1:cpu:/\n0::/\n{text}")
    _write(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
    _write(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_period_us", text)
    _write(tmp_path, "sys/fs/cgroup/cpu.max", f"max {text}")
    assert usable_cores(tmp_path).quota is None


@pytest.mark.parametrize(
    ("cores", "threads"),
    [
        (Cores(logical=8, physical=4), 4),
        (Cores(logical=8, physical=4, quota=2.9), 2),
        (Cores(logical=8, physical=4, quota=16.0), 4),
        (Cores(logical=8, physical=4, quota=0.5), 1),
    ],
)
def test_threads(cores: Cores, threads: int) -> None:
    assert cores.threads == threads


def test_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    cores = usable_cores()
    assert 1 <= cores.threads <= cores.physical <= cores.logical <= (os.cpu_count() or 1)


def test_memory_is_what_is_installed_or_the_smallest_limit_on_the_way_up(tmp_path: Path) -> None:
    _write(tmp_path, "proc/meminfo", "MemTotal:       16000 kB\nMemFree:        100 kB\n")
    assert usable_memory(tmp_path) == 16_384_000
    _write(tmp_path, "proc/self/cgroup", "0::/user/job\n")
    _write(tmp_path, "sys/fs/cgroup/user/job/memory.max", "max\n")
    _write(tmp_path, "sys/fs/cgroup/user/memory.max", "8192000\n")
    assert usable_memory(tmp_path) == 8_192_000
    _write(tmp_path, "sys/fs/cgroup/user/job/memory.max", "99999999999\n")
    assert usable_memory(tmp_path) == 8_192_000


def test_version_1_says_no_limit_with_a_large_number(tmp_path: Path) -> None:
    _write(tmp_path, "proc/meminfo", "MemTotal:       16000 kB\n")
    _write(tmp_path, "proc/self/cgroup", "4:memory:/job\n3:cpu,cpuacct:/job\n")
    _write(tmp_path, "sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n")
    assert usable_memory(tmp_path) == 16_384_000
    _write(tmp_path, "sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1024000\n")
    assert usable_memory(tmp_path) == 1_024_000


def test_without_proc_the_system_says_how_much_there_is(tmp_path: Path) -> None:
    assert usable_memory(tmp_path) == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_free_memory_is_what_the_system_calls_available(tmp_path: Path) -> None:
    _write(tmp_path, "proc/meminfo", "MemTotal:       16000 kB\nMemFree:        100 kB\nMemAvailable:    9000 kB\n")
    assert free_memory(tmp_path) == 9_216_000


def test_a_control_group_leaves_what_it_has_not_used_but_for_pages_of_files(tmp_path: Path) -> None:
    _write(tmp_path, "proc/meminfo", "MemTotal:       16000 kB\nMemAvailable:    9000 kB\n")
    _write(tmp_path, "proc/self/cgroup", "0::/job\n")
    _write(tmp_path, "sys/fs/cgroup/job/memory.max", "5000000\n")
    _write(tmp_path, "sys/fs/cgroup/job/memory.current", "4500000\n")
    _write(tmp_path, "sys/fs/cgroup/job/memory.stat", "anon 4000000\ninactive_file 400000\nactive_file 100000\n")
    assert free_memory(tmp_path) == 900_000
    _write(tmp_path, "sys/fs/cgroup/job/memory.current", "6000000\n")  # above the limit, which is possible for a moment
    assert free_memory(tmp_path) == 0
    _write(tmp_path, "sys/fs/cgroup/job/memory.max", "max\n")
    assert free_memory(tmp_path) == 9_216_000


def test_version_1_counts_pages_of_files_in_all_groups_below(tmp_path: Path) -> None:
    _write(tmp_path, "proc/meminfo", "MemAvailable:    9000 kB\n")
    _write(tmp_path, "proc/self/cgroup", "3:memory:/job\n")
    _write(tmp_path, "sys/fs/cgroup/memory/job/memory.limit_in_bytes", "5000000\n")
    _write(tmp_path, "sys/fs/cgroup/memory/job/memory.usage_in_bytes", "4500000\n")
    _write(tmp_path, "sys/fs/cgroup/memory/job/memory.stat", "inactive_file 1\ntotal_inactive_file 300000\n")
    assert free_memory(tmp_path) == 800_000
