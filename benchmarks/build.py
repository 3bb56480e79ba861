"""First build and unchanged rebuild of a 2 GiB GGUF, next to a plain sha256 pass, ``cp`` and other builders.

Goals: with ``--link`` or a reflink at most 1.05 times the sha256 pass, with a copy at most 1.1 times the longer of
``cp`` and the sha256 pass; an unchanged rebuild in at most 0.25 s.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import RUNS, drop, median_seconds, peak_memory_mb, run, table
from olbuild.testing.models import write_large_model

SIZE = int(os.environ.get("BENCH_BYTES", str(2 << 30)))
OLBUILD = str(Path(sys.executable).with_name("olbuild"))


def main() -> None:
    """Print the tables. Everything is written to one temporary folder (``TMPDIR`` says where)."""
    with tempfile.TemporaryDirectory(prefix="olbuild-bench-") as scratch:
        folder = Path(scratch)
        model = folder / "model.gguf"
        write_large_model(model, SIZE)
        (folder / "Modelfile").write_text("FROM ./model.gguf\n")
        (folder / "modctl").write_text("NAME bench\nMODEL model.gguf\n")
        (folder / "Kitfile").write_text("manifestVersion: 1.0.0\nmodel:\n  path: model.gguf\n")
        environment = {**os.environ, "OLBUILD_HOME": str(folder / "home"), "KITOPS_HOME": str(folder / "kit")}
        build = [OLBUILD, "build", "--quiet", "-t", "bench/model", str(folder)]

        def fresh() -> None:
            for name in ("home", "kit", "modctl-store", "copy"):
                drop(folder / name)
            os.sync()

        sha256 = median_seconds(lambda: run(["openssl", "dgst", "-sha256", str(model)]), before=fresh)
        copied = median_seconds(lambda: run(["cp", "--reflink=never", str(model), str(folder / "copy")]), before=fresh)
        first = median_seconds(lambda: run(build, environment), before=fresh)
        rebuilt = median_seconds(lambda: run(build, environment))
        linked = median_seconds(lambda: run([*build, "--link"], environment), before=fresh)
        peers = _peers(folder, environment, fresh)

        gib = f"{SIZE / (1 << 30):g} GiB, median of {RUNS}"
        passes = {"openssl dgst -sha256 (one pass)": sha256, "cp (one copy)": copied}
        table(f"first build, weights copied ({gib})", ("olbuild build", first), {**passes, **peers["first"]})
        table(f"first build, weights hard-linked ({gib})", ("olbuild build --link", linked), passes)
        table(f"unchanged rebuild ({gib})", ("olbuild build", rebuilt), peers["again"])
        fresh()
        print(f"\npeak memory of a first build: {peak_memory_mb(build, environment):.0f} MB")


def _peers(folder: Path, environment: dict[str, str], fresh: object) -> dict[str, dict[str, float | str]]:
    """Measure the peers that are installed; the others are said to be missing."""
    commands = {
        "modctl": ["modctl", "--storage-dir", str(folder / "modctl-store"), "--no-progress", "build",
                   "-t", "example.com/bench/model:latest", "-f", str(folder / "modctl"), str(folder)],
        "kit": ["kit", "pack", "--progress", "none", "-t", "example.com/bench/model:latest", str(folder)],
    }  # fmt: skip
    first: dict[str, float | str] = {}
    again: dict[str, float | str] = {}
    for name, command in commands.items():
        if shutil.which(name) is None:
            first[name] = again[name] = "not installed"
            continue
        first[name] = median_seconds(lambda: run(command, environment), before=fresh)  # type: ignore[arg-type]  # noqa: B023
        again[name] = median_seconds(lambda: run(command, environment))  # noqa: B023
    first["ollama create"] = again["ollama create"] = (
        "needs a running server" if shutil.which("ollama") else "not installed"
    )
    return {"first": first, "again": again}


if __name__ == "__main__":
    main()
