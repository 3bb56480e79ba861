"""The tests that travel in an artifact, run on an artifact in the store."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from olbuild.api.placing import load_placed
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Test
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.weights import require_gguf
from olbuild.building.trials import Outcome, prepare, run_trials
from olbuild.core.content import Descriptor
from olbuild.core.errors import UsageError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.llama.bind import bind


class Trials(Frozen, kw_only=True):
    """What came of the tests of an artifact, in their order; it may have none. ``name`` is what it was called."""

    name: str
    digest: Digest
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The tests that failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict == "failed")

    @property
    def passed(self) -> bool:
        """Whether every test was run and none failed."""
        return all(outcome.verdict == "passed" for outcome in self.outcomes)


def require_engine() -> None:
    """Raise EngineError, with what to do, if there is no engine to run tests with."""
    bind()


def run_tests_of(
    workspace: Workspace, root: Descriptor, name: str, *, only: Sequence[str] = (), fail_fast: bool = False
) -> Trials:
    """Run the tests of an artifact that is wholly in the store and protected there. That tests fail is no error.

    Args:
        workspace: settings, listener and store.
        root: the artifact. If it has no tests, nothing is loaded.
        name: what messages call it.
        only: names of the tests to run; none is all.
        fail_fast: whether the first test that fails is the last that is run.

    Raises:
        FormatError: if a test has an expression or a schema that is none; no test is run then.
        UsageError: if there is no test of a name in ``only``.
        EngineError, ResourceError: if the model cannot be loaded, or the engine fails.
    """
    bundle = read_bundle(root, workspace.store.fetch)
    trials = prepare(_selected(bundle.tests, only, name), name)
    if not trials:
        return Trials(name=name, digest=root.digest, outcomes=())
    require_gguf(bundle, name)
    with load_placed(workspace, bundle, name, {}, parallel=1) as model:
        outcomes = run_trials(trials, model, workspace.emit, fail_fast=fail_fast)
    return Trials(name=name, digest=root.digest, outcomes=outcomes)


def _selected(tests: Sequence[Test], only: Sequence[str], name: str) -> tuple[Test, ...]:
    names = [test.name for test in tests if test.name is not None]
    for wanted in only:
        if wanted not in names:
            close = get_close_matches(wanted, names, n=1)
            known = f"the tests with a name are {', '.join(names[:20])}" if names else "none of its tests has a name"
            raise UsageError(
                f"{name} has no test called {wanted!r}", hint=f"did you mean {close[0]}?" if close else known
            )
    return tuple(test for test in tests if not only or test.name in only)
