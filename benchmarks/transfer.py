"""Push and pull of 2 GiB beside other clients in the same run, and where the network is the limit.

Goals: at least as fast as the fastest peer that verifies, and 0.95 times as fast as curl; where a server caps a
connection at 30 MB/s, 6 times as fast as the fastest peer of one stream; 100 MB of memory; an unchanged push or pull at
a latency of 100 ms within twice the round trips that it needs.

``BENCH_BYTES`` sets another size, ``--quick`` takes one run instead of five. Clients take turns, so that a busy moment
strikes all of them. Everything is written to one temporary folder (``TMPDIR`` says where).
"""

import argparse
import os
import statistics
import sys
import tempfile
import unittest
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.artifacts import Artifact, make_artifact, stock
from benchmarks.clients import CLIENTS, NAME, Client, Ran, run_measured
from benchmarks.measure import RUNS, drop
from olbuild.testing.faults import Proxy
from olbuild.testing.registries import KINDS, Kind, start_registry

SIZE = int(os.environ.get("BENCH_BYTES", str(2 << 30)))
CAPPED_SIZE = 512 << 20
CAP = 30e6
LATENCY = 0.1
SMALL_LAYERS = 200
_LIMIT = 600.0
_REPOSITORY, _, _TAG = NAME.partition(":")

Attempt = Callable[[Client], Ran]


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.transfer", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="one run of everything")
    parser.add_argument("--registry", action="append", choices=KINDS, help="only this registry (repeatable)")
    parser.add_argument("--only", choices=["size", "cap", "latency"], help="only this part")
    options = parser.parse_args(arguments)
    runs = 1 if options.quick else RUNS
    with tempfile.TemporaryDirectory(prefix="olbuild-bench-") as scratch:
        folder = Path(scratch)
        if options.only in {None, "size"}:
            _sizes(folder, options.registry or KINDS, runs)
        if options.only in {None, "cap"}:
            _cap(folder, runs)
        if options.only in {None, "latency"}:
            _latency(folder, runs)


def _sizes(folder: Path, kinds: Sequence[Kind], runs: int) -> None:
    """Move one large artifact to and from each registry."""
    artifact = make_artifact(folder / "source", SIZE)
    gib = f"{SIZE / (1 << 30):g} GiB, median of {runs}"
    for kind in kinds:
        bench = _Bench(folder / "run", artifact, kind)
        try:
            pulled = bench.pulls([*CLIENTS, curl(artifact)], runs)
            pushed = bench.pushes([*CLIENTS, curl(artifact)], runs)
        except unittest.SkipTest as missing:
            print(f"\n{kind}: {missing}")
            continue
        show(f"pull from {kind}, {gib}", pulled)
        show(f"push to {kind}, {gib}", pushed)
    drop(folder / "source")


def _cap(folder: Path, runs: int) -> None:
    """Pull from a server that gives a connection 30 MB/s."""
    artifact = make_artifact(folder / "source", CAPPED_SIZE)
    bench = _Bench(folder / "run", artifact, KINDS[0], rate=CAP)
    show(
        f"pull {CAPPED_SIZE >> 20} MiB at {CAP / 1e6:.0f} MB/s a connection, median of {runs}",
        bench.pulls([*CLIENTS, curl(artifact)], runs),
    )
    drop(folder / "source")


def _latency(folder: Path, runs: int) -> None:
    """Move many small layers, and what is there already, at 0.1 s for each round trip."""
    artifact = make_artifact(folder / "source", 1 << 20, SMALL_LAYERS)
    layers = f"{SMALL_LAYERS} small layers, median of {runs}"
    near, far = _Bench(folder / "run", artifact, KINDS[0]), _Bench(folder / "run", artifact, KINDS[0], latency=LATENCY)
    show(f"pull {layers}", near.pulls(CLIENTS, runs))
    show(f"push {layers}", near.pushes(CLIENTS, runs))
    show(f"pull {layers}, latency {LATENCY:g} s", far.pulls(CLIENTS, runs))
    show(f"push {layers}, latency {LATENCY:g} s", far.pushes(CLIENTS, runs))
    again = (
        f"again, nothing changed, latency {LATENCY:g} s (one round trip for a connection and one for a request: 0.2 s)"
    )
    show(f"pull {again}", far.pulls(CLIENTS, runs, again=True))
    show(f"push {again}", far.pushes(CLIENTS, runs, again=True))
    drop(folder / "source")


class _Bench:
    """One artifact, one sort of registry, and a network."""

    def __init__(
        self, folder: Path, artifact: Artifact, kind: Kind, *, latency: float = 0.0, rate: float | None = None
    ) -> None:
        self._folder = folder
        self._artifact = artifact
        self._kind: Kind = kind
        self._latency, self._rate = latency, rate

    def pulls(self, clients: Sequence[Client], runs: int, *, again: bool = False) -> dict[str, list[Ran] | str]:
        """Pull into an empty place, or ``again`` into one that has it."""
        with self._registry("stocked") as host:

            def attempt(client: Client) -> Ran:
                where = self._folder / f"pulled-{client.name}"
                if not again:
                    drop(where)
                    os.sync()
                ran = self._run(client.pull(host, where))
                if not again:
                    drop(where)
                return ran

            return self._turns(clients, attempt, runs, warm=again)

    def pushes(self, clients: Sequence[Client], runs: int, *, again: bool = False) -> dict[str, list[Ran] | str]:
        """Push to a registry that is empty, or ``again`` to one that has it."""

        def attempt(client: Client) -> Ran:
            with self._registry("stocked" if again else "empty") as host:
                os.sync()
                return self._run(client.push(host, self._artifact.layout))

        return self._turns(clients, attempt, runs)

    def _turns(
        self, clients: Sequence[Client], attempt: Attempt, runs: int, *, warm: bool = False
    ) -> dict[str, list[Ran] | str]:
        found: dict[str, list[Ran] | str] = {
            client.name: "not installed" if client.missing else [] for client in clients
        }
        for number in range(-warm, runs):
            for client in clients:
                so_far = found[client.name]
                if isinstance(so_far, str):
                    continue
                ran = attempt(client)
                if ran.code:
                    found[client.name] = f"exits with {ran.code}: {ran.said.strip()[-200:]}"
                elif number >= 0:
                    so_far.append(ran)
        drop(self._folder)
        return found

    def _run(self, command: list[str]) -> Ran:
        return run_measured(command, self._folder / "user", _LIMIT)

    @contextmanager
    def _registry(self, name: str) -> Iterator[str]:
        where = self._folder / name
        with start_registry(self._kind, where) as registry:
            if name == "stocked":
                stock(registry.host, self._artifact)
            if self._rate is None and not self._latency:
                yield registry.host
            else:
                with Proxy(upstream=registry.host, latency=self._latency, rate=self._rate).running() as proxy:
                    yield proxy.host
        drop(where)


def curl(artifact: Artifact) -> Client:
    """Return curl as a client that moves the weights alone, and verifies nothing."""
    blob = artifact.layout / "blobs" / artifact.weights.replace(":", "/")

    def push(host: str, _layout: Path) -> list[str]:
        begin = urllib.request.Request(f"http://{host}/v2/{_REPOSITORY}/blobs/uploads/", data=b"", method="POST")
        with urllib.request.urlopen(begin) as response:  # noqa: S310 - http, see above
            location = response.headers["Location"]
        place = location if location.startswith("http") else f"http://{host}{location}"
        target = f"{place}{'&' if '?' in place else '?'}digest={artifact.weights.replace(':', '%3A')}"
        # With a length instead of pieces, and without waiting for `100 Continue`.
        octets = ["-H", "Content-Type: application/octet-stream", "-H", "Expect:"]
        return ["curl", "-sSf", "-X", "PUT", "-T", str(blob), *octets, target]

    return Client(
        name="curl (weights only, unverified)",
        program="curl",
        pull=lambda host, folder: [
            "curl", "-sSf", "--create-dirs", "-o", str(folder / "weights"),
            f"http://{host}/v2/{_REPOSITORY}/blobs/{artifact.weights}",
        ],
        push=push,
    )  # fmt: skip


def show(title: str, found: Mapping[str, list[Ran] | str]) -> None:
    """Print medians: seconds, how many times as long as olbuild, processor seconds and peak memory."""
    print(f"\n{title}\n  {'':<34} {'seconds':>8} {'x olbuild':>9} {'CPU s':>7} {'peak MB':>8}")
    ours = found["olbuild"]
    reference = _median(ours, "seconds") if isinstance(ours, list) else 0.0
    for name, ran in found.items():
        if isinstance(ran, str):
            print(f"  {name:<34} {'-':>8}   {ran}")
            continue
        seconds = _median(ran, "seconds")
        ratio = f"{seconds / reference:.2f}" if reference else "-"
        print(
            f"  {name:<34} {seconds:8.2f} {ratio:>9} {_median(ran, 'processor'):7.2f} {_median(ran, 'peak_mb'):8.0f}",
            flush=True,
        )


def _median(ran: Sequence[Ran], name: str) -> float:
    return float(statistics.median(getattr(each, name) for each in ran))


if __name__ == "__main__":
    main(sys.argv[1:])
