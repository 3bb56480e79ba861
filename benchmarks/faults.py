"""What clients make of networks and registries that fail: tables of fault and registry, or of fault and client.

``python -m benchmarks.faults`` strikes olbuild with every fault before every registry that is installed, and
``--peers`` every client with the faults that were compared. A cell has seconds, requests and the megabytes that passed
twice; what was wrong stands below the table. The tables of ``docs/faults.md`` are made by this.
"""

import argparse
import re
import shutil
import sys
import tempfile
import unittest
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.artifacts import Artifact, make_artifact, stock, visible_in_folder, visible_in_registry
from benchmarks.clients import CLIENTS, COPY, Client, run_measured
from benchmarks.measure import drop
from olbuild.testing.faults import Proxy
from olbuild.testing.faults.cases import Case, cases
from olbuild.testing.faults.judge import MOST_SECONDS, Outcome, Verdict, judge
from olbuild.testing.registries import CREDULOUS, KINDS, Kind, start_registry

SIZE = 98_000_000


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peers", action="store_true", help="every client that is installed, one registry")
    parser.add_argument("--copy", action="store_true", help="`copy` between registry and layout, not pull and push")
    parser.add_argument("--registry", action="append", choices=KINDS, help="only this registry (repeatable)")
    parser.add_argument("--client", default="", help="only clients whose name has this regular expression")
    parser.add_argument("--case", default="", help="only cases whose name has this regular expression")
    parser.add_argument("--size", type=int, default=SIZE, help=f"bytes of the artifact (default {SIZE})")
    options = parser.parse_args(arguments)
    clients = CLIENTS if options.peers else [COPY] if options.copy else CLIENTS[:1]
    kinds: Sequence[Kind] = options.registry or (KINDS[:1] if options.peers else KINDS)
    columns: dict[str, list[Verdict]] = {}
    with tempfile.TemporaryDirectory(prefix="olbuild-faults-") as scratch:
        artifact = make_artifact(Path(scratch) / "source", options.size)
        for kind in kinds:
            for client in clients:
                if client.missing or not re.search(options.client, client.name):
                    continue
                run = _Run(client, kind, artifact, Path(scratch) / "run", options.case, compared=options.peers)
                try:
                    columns[client.name if options.peers else kind] = list(run.verdicts())
                except unittest.SkipTest as missing:
                    print(f"{kind}: {missing}\n")
                finally:
                    drop(run.folder)
    for verb in ("pull", "push"):
        chosen = {name: [each for each in column if each.case.verb == verb] for name, column in columns.items()}
        if any(chosen.values()):
            print(f"\n### {verb}\n\n{table(chosen)}")


@dataclass(frozen=True, slots=True)
class _Run:
    """All cases that are chosen, with one client and one sort of registry."""

    client: Client
    kind: Kind
    artifact: Artifact
    folder: Path
    chosen: str
    compared: bool

    def verdicts(self) -> Iterator[Verdict]:
        """Pull from one registry that has the artifact; push each time to an empty one."""
        with start_registry(self.kind, self.folder / "stocked") as stocked:
            stock(stocked.host, self.artifact)
            with Proxy(upstream=stocked.host).running() as elsewhere:
                for case in cases(self.artifact.largest, elsewhere.host):
                    if case.trusting and self.kind in CREDULOUS:
                        continue
                    if (case.compared or not self.compared) and re.search(self.chosen, case.name):
                        elsewhere.strike(case.elsewhere)
                        verdict = self._attempt(case, stocked.host, elsewhere)
                        print(f"{self.client.name}, {self.kind}, {case.verb}, {case.name}: {_cell(verdict)}"
                              f" {'; '.join(verdict.wrong)}", file=sys.stderr, flush=True)  # fmt: skip
                        yield verdict

    def _attempt(self, case: Case, stocked: str, elsewhere: Proxy) -> Verdict:
        where = self.folder / "case"
        try:
            if case.verb == "pull":
                with Proxy(upstream=stocked).running(*case.faults) as proxy:
                    ran = run_measured(self.client.pull(proxy.host, where / "got"), where / "user", MOST_SECONDS)
                    visible = visible_in_folder(where / "got", self.client.blobs, self.artifact)
                    shutil.rmtree(where)
            else:
                with (
                    start_registry(self.kind, where / "registry") as empty,
                    Proxy(upstream=empty.host).running(*case.faults) as proxy,
                ):
                    command = self.client.push(proxy.host, self.artifact.layout)
                    ran = run_measured(command, where / "user", MOST_SECONDS)
                    visible = visible_in_registry(empty.host, self.artifact)
        finally:
            drop(where)
        outcome = Outcome(succeeded=ran.code == 0, seconds=ran.seconds, visible=visible, said=ran.said)
        return judge(case, outcome, proxy.exchanges, elsewhere.exchanges, self.artifact.size)


def table(columns: Mapping[str, Sequence[Verdict]]) -> str:
    """Return a table of cases and columns, and below it what was wrong."""
    names = list(dict.fromkeys(verdict.case.name for column in columns.values() for verdict in column))
    found = {name: {verdict.case.name: verdict for verdict in column} for name, column in columns.items()}
    lines = [f"| fault | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for name in names:
        cells = [_cell(column[name]) if name in column else "-" for column in found.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    right = [f"{sum(not verdict.wrong for verdict in column)} of {len(column)}" for column in columns.values()]
    lines.append(f"| **right** | {' | '.join(right)} |")
    wrong = [
        f"- {name}, {verdict.case.name}: {'; '.join(verdict.wrong)}."
        for name, column in columns.items()
        for verdict in column
        if verdict.wrong
    ]
    return "\n".join([*lines, "", *wrong])


def _cell(verdict: Verdict) -> str:
    """Return what was measured, such as ``done 3.2 s, 14 requests, 0 MB``; what was wrong is in bold."""
    end = "done" if verdict.outcome.succeeded else "ended"
    text = f"{end} {verdict.outcome.seconds:.1f} s, {verdict.requests}, {verdict.again / 1e6:.1f} MB"
    return f"**{text}**" if verdict.wrong else text


if __name__ == "__main__":
    main(sys.argv[1:])
