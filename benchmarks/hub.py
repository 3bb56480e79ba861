"""The registry in the box next to other registries: 2 GiB pulled and pushed over loopback by the same client (curl).

Goal: at least 0.8 times the rate of docker-registry, for both, that is a ratio of at most 1.25 here.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from benchmarks.measure import RUNS, median_seconds, run, table
from olbuild.core.names import Digest
from olbuild.testing.models import write_large_model
from olbuild.testing.registries import KINDS, start_registry

SIZE = int(os.environ.get("BENCH_BYTES", str(2 << 30)))
OLBUILD = str(Path(sys.executable).with_name("olbuild"))
OURS = "olbuild registry serve"


def main() -> None:
    """Print the tables. Everything is written to one temporary folder (``TMPDIR`` says where)."""
    with tempfile.TemporaryDirectory(prefix="olbuild-bench-") as scratch:
        folder = Path(scratch)
        model = folder / "model.gguf"
        write_large_model(model, SIZE)
        sha256 = ["openssl", "dgst", "-sha256", "-r", str(model)]
        digest = Digest(subprocess.run(sha256, capture_output=True, text=True, check=True).stdout.split()[0])
        with ExitStack() as stack:
            ours, process = stack.enter_context(_hub(folder / "home"))
            hosts: dict[str, str] = {OURS: ours}
            missing: dict[str, str] = {}
            for kind in KINDS:
                try:
                    hosts[kind] = stack.enter_context(start_registry(kind, folder / kind)).host
                except unittest.SkipTest:
                    missing[kind] = "not installed"
            pushed = _in_turn({name: partial(_push, host, model, digest) for name, host in hosts.items()})
            pulled = _in_turn({name: partial(_pull, host, digest) for name, host in hosts.items()})
            peak = _peak_memory_mb(process)
        for verb, figures in (("push", pushed), ("pull", pulled)):
            title = f"{verb} of {SIZE / (1 << 30):g} GiB by curl, median of {RUNS}"
            table(title, (OURS, figures.pop(OURS)), {**figures, **missing})
        print(f"\npeak memory of {OURS}: {peak}")


def _in_turn(work: Mapping[str, Callable[[], None]]) -> dict[str, float]:
    """Return the median of each, measured one after the other in each round: what else the machine does hits all."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for each in work.values():
        each()
    for _ in range(RUNS):
        for name, each in work.items():
            os.sync()
            taken[name].append(median_seconds(each, runs=1))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def _pull(host: str, digest: Digest) -> None:
    run(["curl", "-fsS", "-o", os.devnull, f"http://{host}/v2/bench/model/blobs/{digest}"])


def _push(host: str, model: Path, digest: Digest) -> None:
    start = f"http://{host}/v2/bench/model/blobs/uploads/"
    command = ["curl", "-fsS", "-X", "POST", "-o", os.devnull, "-w", "%header{location}", start]
    location = urljoin(start, subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    query = "&" if "?" in location else "?"
    run(["curl", "-fsS", "-o", os.devnull, "-T", str(model), f"{location}{query}digest={digest}"])


@contextmanager
def _hub(home: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    with ExitStack() as stack:
        command = [OLBUILD, "registry", "serve", "--listen", "127.0.0.1:0", "--home", str(home)]
        process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        stack.callback(process.terminate)
        assert process.stdout is not None
        yield process.stdout.readline().strip().removeprefix("http://"), process


def _peak_memory_mb(process: "subprocess.Popen[str]") -> str:
    status = Path(f"/proc/{process.pid}/status")
    if not status.is_file():
        return "not told by this system"
    kib = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return f"{int(kib) * 1024 / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
