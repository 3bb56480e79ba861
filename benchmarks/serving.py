"""Several users at once beside llama-server, and one user beside llama-bench, with SmolLM2-135M on two threads.

Goals: for 4, 16 and 64 users at least llama-server's tokens a second, and at most its time to the first token (95 % of
the users); for 16 users who share a system text of 800 words, at most 0.75 times the time of the better peer; for one
user at least 0.98 times llama-bench's rates. Each row starts all servers anew, one after the other, and all are asked
by the same client over OpenAI's API. Ollama is a peer where it is installed.

Programs are looked up on PATH, in ``LLAMA_CPP_BIN`` and in the cache folder (``make llama-server``). They should be of
the same build as the engine. ``--threads N`` sets another number of threads, ``--runs N`` repeats each row.
"""

import argparse
import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from benchmarks import ollama
from benchmarks.measure import free_port, run, wait_for
from examples.smollm2 import cache_folder, fetch
from olbuild.api.benching import Counts, Measured, Work, bench, measure, part
from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config

USERS = (4, 16, 64)
SLOTS = 64  # of llama-server, at most
SHARED = Work(tokens=16, words=12, shared=800)
OLBUILD = Path(sys.executable).with_name("olbuild")
OURS = "olbuild serve"
_TIMES = (1,) * 6  # one user, so often with one loaded model; the first does not count
_DECODED = 128
_PATIENCE = 600.0
_NAME = "me/bench"

Start = Callable[[int, int], AbstractContextManager[int]]
"""Starts a server for so many users with contexts of so many tokens; yields its port."""


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--users", metavar="N,…", default=",".join(map(str, USERS)), help="how many ask at once")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1, help="runs of each row; the median counts")
    parser.add_argument("--only", choices=["users", "shared", "one"], help="only this part")
    options = parser.parse_args(arguments)
    model = fetch(cache_folder())
    with tempfile.TemporaryDirectory(prefix="olbuild-bench-") as scratch:
        home, model = _build(Path(scratch), model, options.threads)
        servers: dict[str, Start] = {OURS: partial(_olbuild_serve, home)}
        peer = _program("llama-server")
        if peer is not None:
            servers["llama-server"] = partial(_llama_server, peer, model, options.threads)
        installed = ollama.program()
        if installed is not None:
            servers["ollama"] = partial(_ollama, installed, Path(scratch))
        if options.only in {None, "users"}:
            for users in map(int, options.users.split(",")):
                _compare(f"{users} users, 64 tokens each", servers, users, Work(), options.runs)
        if options.only in {None, "shared"}:
            _compare("16 users, cold, an 800-word system text in common", servers, 16, SHARED, options.runs)
        if options.only in {None, "one"}:
            _one(home, model, options.threads, options.runs)


def _build(folder: Path, model: Path, threads: int) -> tuple[Path, Path]:
    """Return a home whose store has the model, and the file there.

    Peers read that same file: where the pages of a file lie in memory makes up to 8 % of an answer's rate.
    """
    (folder / "model.gguf").symlink_to(model)
    (folder / "Modelfile").write_text(f"FROM ./model.gguf\nPARAMETER num_thread {threads}\n")
    run([str(OLBUILD), "build", "-q", "--home", str(folder / "home"), "-t", _NAME, str(folder)])
    home = folder / "home"
    return home, max((home / "store" / "blobs" / "sha256").iterdir(), key=lambda blob: blob.stat().st_size)


def _program(name: str) -> str | None:
    places = [os.environ.get("LLAMA_CPP_BIN", ""), os.environ.get("PATH", os.defpath), str(cache_folder() / "bin")]
    return shutil.which(name, path=os.pathsep.join(filter(None, places)))


def _compare(title: str, servers: Mapping[str, Start], users: int, work: Work, runs: int) -> None:
    """Measure all servers in turn, and print what came out with the ratios olbuild / peer."""
    found: dict[str, list[Measured]] = {name: [] for name in servers}
    for _ in range(runs):
        for name, start in servers.items():
            with start(users, work.context) as port:
                measure(1, partial(_ask, port, Work(tokens=1, words=1)))
                found[name].append(measure(users, partial(_ask, port, work)))
    print(f"\n{title}, median of {runs}")
    ours = _figures(found.pop(OURS))
    peers = {name: _figures(measured) for name, measured in found.items()}
    for number, (what, unit) in enumerate(
        (("rate", "tokens/s"), ("first token, median", "s"), ("first token, 95 %", "s"))
    ):
        beside = "".join(
            f"   {name} {values[number]:8.2f}, ratio {ours[number] / values[number]:.2f}"
            for name, values in peers.items()
        )
        print(f"  {what:<20} {OURS} {ours[number]:8.2f} {unit}{beside}", flush=True)
    if "llama-server" not in peers:
        print("  llama-server is missing: make llama-server")


def _figures(measured: Sequence[Measured]) -> tuple[float, float, float]:
    return (
        statistics.median(each.rate for each in measured),
        statistics.median(part(each.first, 0.5) for each in measured),
        statistics.median(part(each.first, 0.95) for each in measured),
    )


def _ask(port: int, work: Work, user: int, hear: Callable[[], None]) -> Counts:
    """Ask over OpenAI's API, which both speak."""
    system = [{"role": "system", "content": work.system}] if work.shared else []
    body = {
        "model": _NAME,
        "messages": [*system, {"role": "user", "content": work.question(user)}],
        "max_tokens": work.tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != http.HTTPStatus.OK:
            sys.exit(f"the server answers {response.status}: {response.read(500)!r}")
        counts = Counts(0, 0)
        for line in response:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line.removeprefix(b"data: "))
            if any(choice["delta"].get("content") for choice in event["choices"]):
                hear()
            if usage := event.get("usage"):
                counts = Counts(usage["prompt_tokens"], usage["completion_tokens"])
        return counts
    finally:
        connection.close()


@contextmanager
def _olbuild_serve(home: Path, _users: int, context: int) -> Iterator[int]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OLLAMA_", "OLBUILD_"))}
    environment |= {"OLLAMA_CONTEXT_LENGTH": str(context)}
    command = [str(OLBUILD), "serve", "--home", str(home), "--host", "127.0.0.1", "--port", "0"]
    with _running(command, environment, subprocess.PIPE) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().decode().strip().rpartition(":")[2])


@contextmanager
def _llama_server(program: str, model: Path, threads: int, users: int, context: int) -> Iterator[int]:
    slots = min(users, SLOTS)
    port = free_port()
    sizes = ["--parallel", str(slots), "--ctx-size", str(slots * context), "--threads", str(threads)]
    command = [program, "--model", str(model), "--host", "127.0.0.1", "--port", str(port), "--no-webui", *sizes]
    with _running(command, dict(os.environ), subprocess.DEVNULL):
        wait_for(port, "/health", "llama-server")
        yield port


def _ollama(program: str, folder: Path, _users: int, context: int) -> AbstractContextManager[int]:
    """As it is without settings: it has one context, and requests wait for it."""
    return ollama.serve(program, folder / "ollama", _NAME, folder / "Modelfile", context)


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], output: int
) -> "Iterator[subprocess.Popen[bytes]]":
    with subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            for _ in range(2):  # the second one ends olbuild at once
                process.send_signal(signal.SIGTERM)
            process.wait(60)


def _one(home: Path, model: Path, threads: int, runs: int) -> None:
    """Print what one user gets in process, beside llama-bench.

    Both do the same in turn, after a first that does not count: an answer of one length behind a prompt of one length,
    and a prompt of another. Machines become faster and slower by the minute, so that the ratio is that of neighbours;
    and by some hundredths with where memory lies, so that each run loads the model anew, as llama-bench does each time.
    """
    workspace = Workspace(load_config({"home": str(home)}))
    peer = _program("llama-bench")
    print(f"\none user, {threads} threads, median of {runs * (len(_TIMES) - 1)}")
    # One after the other: with two models in a process, libgomp lets threads sleep at each barrier.
    for work in (Work(tokens=_DECODED + 1, words=8), Work(tokens=1, words=380)):
        pairs = []
        for number, one in enumerate(one for _ in range(runs) for one in bench(workspace, _NAME, _TIMES, work)):
            if one.between:
                what, rate = f"{_DECODED} tokens behind {one.prompt_tokens}", 1 / one.between[0]
                sizes = (0, _DECODED, one.prompt_tokens)
            else:
                what, rate = f"a prompt of {one.prompt_tokens} tokens", one.prompt_tokens / one.first[0]
                sizes = (one.prompt_tokens, 0, 0)
            if number % len(_TIMES):
                pairs.append((rate, _llama_bench(peer, model, threads, *sizes) if peer is not None else 0.0))
        ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
        beside = ""
        if theirs:
            ratio = statistics.median(rate / other for rate, other in pairs)
            beside = f"   llama-bench {theirs:9.2f} tokens/s   ratio {ratio:.2f}"
        print(f"  {what:<26} olbuild {ours:9.2f} tokens/s{beside}", flush=True)
    if peer is None:
        print("  llama-bench is missing: make llama-server")


def _llama_bench(program: str, model: Path, threads: int, prompt: int, answer: int, behind: int) -> float:
    sizes = {"-t": threads, "-r": 1, "-p": prompt, "-n": answer, "-d": behind}
    command = [program, "-m", str(model), "-o", "json", *(str(part) for size in sizes.items() for part in size)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(finished.stdout)[0]["avg_ts"])


if __name__ == "__main__":
    main(sys.argv[1:])
