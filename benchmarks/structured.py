"""Answers that are held to a JSON Schema beside free ones: tokens a second with SmolLM2-135M on two threads.

The goal is at least 0.95 times the rate of free answers. Both have the same prompts and as many tokens, in one loaded
model, in turn; what counts is the time from the first token to the last one. ``--users N,…`` asks for several answers
at once, each with a schema of its own. Each run has a seed of its own: how much a schema takes depends on the text.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from examples.smollm2 import cache_folder, fetch
from olbuild.api.loaded import Answer, LoadedModel, load
from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config

USERS = (1, 4)
SAMPLING: Mapping[str, Mapping[str, float]] = {"greedy": {"temperature": 0}, "sampled": {"temperature": 0.8}}
_QUESTION = "List many people of {}, with their names, professions and birth years, as JSON."
_PLACES = ("France", "Japan", "Brazil", "Kenya", "Canada", "India", "Norway", "Egypt")


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.structured", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--users", metavar="N,…", default=",".join(map(str, USERS)), help="how many ask at once")
    parser.add_argument("--tokens", type=int, default=96, help="tokens of each answer")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5, help="runs of each kind; the median counts")
    options = parser.parse_args(arguments)
    users = [int(number) for number in options.users.split(",")]
    with tempfile.TemporaryDirectory(prefix="olbuild-bench-") as scratch:
        folder = Path(scratch)
        (folder / "model.gguf").symlink_to(fetch(cache_folder()))
        (folder / "Modelfile").write_text(f"FROM ./model.gguf\nPARAMETER num_thread {options.threads}\n")
        workspace = Workspace(load_config({"home": str(folder / "home")}))
        limits = {"num_ctx": 1024, "num_predict": options.tokens}
        with load(str(folder / "Modelfile"), options=limits, parallel=max(users), workspace=workspace) as model:
            for number in users:
                for name, sampling in SAMPLING.items():
                    _compare(model, number, name, sampling, options.runs)


def _compare(model: LoadedModel, users: int, name: str, sampling: Mapping[str, float], runs: int) -> None:
    rates: dict[bool, list[float]] = {False: [], True: []}
    for run in range(runs + 1):
        for held, found in rates.items():
            rate = _rate(model, users, {**sampling, "seed": run}, held=held)
            if run:  # the first one reads the prompts and prepares the vocabulary
                found.append(rate)
    free, held_to = (statistics.median(found) for found in rates.values())
    print(
        f"  {users:2} users, {name:<8} free {free:8.1f}   with a schema {held_to:8.1f} tokens/s"
        f"   ratio {held_to / free:.3f}",
        flush=True,
    )


def _rate(model: LoadedModel, users: int, sampling: Mapping[str, float], *, held: bool) -> float:
    """Return tokens a second of all users together."""

    def ask(user: int) -> Answer:
        question = _QUESTION.format(_PLACES[user % len(_PLACES)])
        return model.chat(question, options=sampling, format=_schema(user) if held else None)

    started = time.perf_counter()
    with ThreadPoolExecutor(users) as threads:
        answers = list(threads.map(ask, range(users)))
    if users == 1:
        return answers[0].done.tokens / answers[0].done.generation_seconds
    return sum(answer.done.tokens for answer in answers) / (time.perf_counter() - started)


def _schema(user: int) -> dict[str, Any]:
    """Return a schema with a list that goes on for as long as an answer may; each user has another one."""
    person = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 40},
            "profession": {"type": "string", "maxLength": 30},
            "born": {"type": "integer", "minimum": 1000, "maximum": 2100},
            f"likes_{user}": {"enum": ["music", "books", "sports"]},
        },
    }
    person["required"] = list(person["properties"])
    return {
        "type": "object",
        "properties": {"people": {"type": "array", "items": person, "minItems": 100}},
        "required": ["people"],
    }


if __name__ == "__main__":
    main(sys.argv[1:])
