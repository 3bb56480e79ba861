"""The loop that asks a model. Each test is a conversation of its own, and its answer depends on nothing before it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from olbuild.artifact.bundle import Message, ParameterValue, Test
from olbuild.building.trials.judge import Requirements
from olbuild.core.errors import UsageError
from olbuild.core.events import Emit, Said
from olbuild.core.records import Frozen
from olbuild.language.expectations.limits import DEFAULT_TOKENS
from olbuild.running.session.model import Model

Verdict = Literal["passed", "failed", "not run"]

_LONGEST_LABEL = 60


class Trial(Frozen, kw_only=True):
    """A test that is ready to be asked. ``label`` is its name, or the beginning of its prompt."""

    test: Test
    label: str
    requirements: Requirements


class Outcome(Frozen, kw_only=True):
    """What came of a test.

    Attributes:
        reasons: why it failed.
        answer: all of the answer.
        seconds: how long the answer took.
        tokens: how many tokens were generated.
        cut: whether a limit ended the answer, and not the model.
    """

    test: Test
    label: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    answer: str = ""
    seconds: float = 0.0
    tokens: int = 0
    cut: bool = False


def prepare(tests: Sequence[Test], where: str) -> tuple[Trial, ...]:
    """Compile tests, before anything is loaded; ``where`` names the artifact in errors.

    Raises:
        FormatError: if an expression or a schema is none.
    """
    labels = [_label(test) for test in tests]
    return tuple(
        Trial(test=test, label=label, requirements=Requirements(test, f"{where}: test {number} ({label})"))
        for number, (test, label) in enumerate(zip(tests, labels, strict=True), 1)
    )


def run_trials(trials: Sequence[Trial], model: Model, emit: Emit, *, fail_fast: bool = False) -> tuple[Outcome, ...]:
    """Ask a model each test, in order, and say what came of each as it comes.

    Args:
        trials: the tests.
        model: what is asked; its template, system text, messages and parameters apply, but for the sampling.
        emit: hears a line for each test.
        fail_fast: whether the first test that fails is the last that is run.

    Raises:
        EngineError: if the engine fails.
    """
    outcomes: list[Outcome] = []
    for number, trial in enumerate(trials, 1):
        if fail_fast and outcomes and outcomes[-1].verdict != "passed":
            outcomes.append(Outcome(test=trial.test, label=trial.label, verdict="not run"))
            continue
        outcome = _ask(trial, model)
        outcomes.append(outcome)
        emit(Said(text=f"test {number} of {len(trials)} {outcome.verdict}: {trial.label}"))
    return tuple(outcomes)


def _ask(trial: Trial, model: Model) -> Outcome:
    begin = time.perf_counter()
    said: list[str] = []
    asked = [Message(role="user", content=trial.test.prompt)]
    try:
        # What was read for another test rounds differently, and is not reused.
        with model.chat(asked, sampling(trial.test, model), cache=trial.label) as generation:
            said += [delta.content for delta in generation]
        result = generation.result
    except UsageError as error:  # the template refuses the conversation, or it exceeds the context
        reasons: tuple[str, ...] = (f"it cannot be asked: {error.message}",)
        seconds = time.perf_counter() - begin
        return Outcome(test=trial.test, label=trial.label, verdict="failed", reasons=reasons, seconds=seconds)
    answer = "".join(said)
    reasons = trial.requirements.refusals(answer)
    return Outcome(
        test=trial.test,
        label=trial.label,
        verdict="failed" if reasons else "passed",
        reasons=reasons,
        answer=answer,
        seconds=time.perf_counter() - begin,
        tokens=result.tokens,
        cut=result.finish == "length",
    )


def sampling(test: Test, model: Model) -> dict[str, ParameterValue]:
    """Return the parameters of a test, which win over the model's: greedy, seed 0, and how long the answer may be."""
    return {"temperature": 0.0, "seed": 0, "num_predict": test.max_tokens or _tokens(model)}


def _tokens(model: Model) -> int:
    """Return the default, or what the model itself allows, if that is less."""
    own = model.parameters.get("num_predict", -1)
    whole = int(own) if isinstance(own, int | float) else -1
    return min(whole, DEFAULT_TOKENS) if whole >= 0 else DEFAULT_TOKENS


def _label(test: Test) -> str:
    if test.name is not None:
        return test.name
    line = " ".join(test.prompt[: 4 * _LONGEST_LABEL].split())
    return line if len(line) <= _LONGEST_LABEL else f"{line[:_LONGEST_LABEL]}…"
