"""What the benchmarks share: the median of several runs, and a table with ratios."""

import http.client
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

RUNS = 5


def median_seconds(
    work: Callable[[], object],
    *,
    runs: int = RUNS,
    before: Callable[[], object] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the median time of some work, in seconds of wall time or of another clock. ``before`` is not counted."""
    taken = []
    for _ in range(runs):
        if before is not None:
            before()
        started = clock()
        work()
        taken.append(clock() - started)
    return statistics.median(taken)


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command quietly; a failure ends the benchmark with what the command said."""
    finished = subprocess.run(command, env=environment, capture_output=True, check=False)
    if finished.returncode:
        sys.exit(f"{' '.join(command)} exits with {finished.returncode}\n{finished.stderr.decode(errors='replace')}")


def peak_memory_mb(command: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """Run a command and return the peak of its resident memory, in 10^6 bytes."""
    script = (
        "import resource,subprocess,sys; code=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,"
        "stderr=subprocess.DEVNULL).returncode;"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script, *command], env=environment, capture_output=True, text=True, check=True
    )
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    return int(finished.stdout) * unit / 1e6


def table(title: str, ours: tuple[str, float], others: Mapping[str, float | str], unit: str = "s") -> None:
    """Print olbuild's figure, each peer's, and the ratio olbuild / peer. A text says why a peer has no figure."""
    name, value = ours
    print(f"\n{title}")
    print(f"  {name:<44} {value:10.3f} {unit}")
    for peer, figure in others.items():
        if isinstance(figure, str):
            print(f"  {peer:<44} {'-':>10}    {figure}")
        else:
            print(f"  {peer:<44} {figure:10.3f} {unit}   ratio {value / figure:6.2f}")


def own_peak_memory_mb() -> float:
    """Return the peak of this process's own resident memory, in 10^6 bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def wait_for(port: int, path: str, name: str, patience: float = 600.0) -> None:
    """Wait until a server of loopback answers that it is well; ``name`` is whose fault it is if it never does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    sys.exit(f"{name} does not come up")


def drop(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
