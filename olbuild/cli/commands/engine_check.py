"""``olbuild engine check``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from msgspec.structs import asdict

from olbuild.cli.columns import table
from olbuild.cli.options import Json
from olbuild.cli.session import Session
from olbuild.core.errors import EngineError


def engine_check(session: Session, json: Json = False) -> None:
    """Load the engine and let it compute, on the processor and on each graphics processor.

    The engine runs in a process of its own, with a tiny model that is written for it.

    Examples:
        olbuild engine check
        olbuild engine check --json
    """
    from olbuild.llama.trial import try_engine
    from olbuild.testing.runnable import write_runnable_model

    with tempfile.TemporaryDirectory(prefix="olbuild-engine-") as folder:
        trials = try_engine(write_runnable_model(Path(folder) / "model.gguf"))
    if json:
        session.write_json({"trials": [asdict(trial) for trial in trials]})
    else:
        rows = [(trial.device, trial.failed or "works", f"{trial.seconds * 1000:.0f} ms") for trial in trials]
        session.write_lines(table(("DEVICE", "RESULT", "TIME"), rows, session.width))
    if failed := [trial for trial in trials if trial.failed]:
        raise EngineError(
            f"the engine does not work on {', '.join(trial.device for trial in failed)}",
            hint="olbuild doctor says more",
        )
