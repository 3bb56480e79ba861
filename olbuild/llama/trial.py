"""``python -m olbuild.llama.trial MODEL``: load a model, compute with it, and print what happened as JSON.

A program of its own, because a build for another processor ends its process, and a broken driver may hang it.
"""

from __future__ import annotations

import ctypes
import json
import math
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

from msgspec.structs import asdict

from olbuild.core.errors import EngineError, OlbuildError
from olbuild.core.records import Frozen
from olbuild.llama.backends import device_list, list_backends
from olbuild.llama.bind import bind
from olbuild.llama.log import LOG
from olbuild.llama.version import MEND, VERSION

_PATIENCE = 300.0
_TOKENS = 8


class Trial(Frozen, kw_only=True):
    """What was tried: on which device, how long the tokens took in seconds, and what failed, if something did."""

    device: str
    seconds: float = 0.0
    failed: str = ""


def try_engine(model: Path) -> tuple[Trial, ...]:
    """Try the engine in a process of its own, on the processor and on each graphics processor.

    Args:
        model: a GGUF file that continues texts; the smaller the better.

    Raises:
        EngineError: if the engine cannot be loaded, or its process ended or hung.
    """
    command = [sys.executable, "-m", "olbuild.llama.trial", str(model)]
    try:
        finished = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise EngineError(f"the engine did not compute anything within {_PATIENCE:.0f} s") from None
    if finished.returncode < 0:
        raise EngineError(
            f"the process of the engine ended with signal {-finished.returncode}",
            hint=f"it was made for another processor; {MEND}",
        )
    try:
        document = json.loads(finished.stdout)
        if "error" in document:
            raise EngineError(document["error"], hint=document["hint"])
        return tuple(Trial(**each) for each in document["trials"])
    except (ValueError, KeyError, TypeError):
        said = (finished.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise EngineError(f"the engine cannot be tried: {said}") from None


def main(arguments: list[str]) -> int:
    """Try it here."""
    try:
        llama, backends = bind(), list_backends()
        names = ["CPU", *(device.name for device in backends.devices if device.kind in {"gpu", "igpu"})]
        trials = [asdict(_compute(llama, arguments[0], name)) for name in names]
        document: dict[str, object] = {"version": VERSION, "trials": trials}
    except OlbuildError as error:
        document = {"error": error.message, "hint": error.hint}
    sys.stdout.write(json.dumps(document) + "\n")
    return 0


def _compute(llama: ModuleType, path: str, device: str) -> Trial:
    """Load a model onto a device and evaluate some tokens."""
    LOG.clear()
    parameters = llama.llama_model_default_params()
    devices = device_list([] if device == "CPU" else [device])
    parameters.devices = ctypes.cast(devices, ctypes.c_void_p)
    parameters.n_gpu_layers = 0 if device == "CPU" else -1
    model = llama.llama_model_load_from_file(path.encode(), parameters)
    if not model:
        return Trial(device=device, failed=f"it cannot load a model: {LOG.reason()}")
    wanted = llama.llama_context_default_params()
    wanted.n_ctx = wanted.n_batch = wanted.n_ubatch = 256
    context = llama.llama_init_from_model(model, wanted)
    try:
        if not context:
            return Trial(device=device, failed=f"it cannot make a context: {LOG.reason()}")
        begin = time.perf_counter()
        tokens = (llama.llama_token * _TOKENS)(*range(3, 3 + _TOKENS))
        code = llama.llama_decode(context, llama.llama_batch_get_one(tokens, _TOKENS))
        if code != 0:
            return Trial(device=device, failed=f"it cannot evaluate tokens (code {code}): {LOG.reason()}")
        size = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
        logits = llama.llama_get_logits_ith(context, -1)[:size]
        failed = "" if all(map(math.isfinite, logits)) else "it computes what are no numbers"
        return Trial(device=device, seconds=time.perf_counter() - begin, failed=failed)
    finally:
        if context:
            llama.llama_free(context)
        llama.llama_model_free(model)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
