"""Examine the engine, the machine, the store, the configuration and a model."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.api.doctor.model import examine_model
from olbuild.api.doctor.places import examine_registries, examine_store
from olbuild.api.doctor.report import EngineFacts, Finding, Report
from olbuild.api.workspace import Workspace
from olbuild.core.errors import EngineError
from olbuild.llama.backends import Backends, list_backends
from olbuild.llama.find import find
from olbuild.llama.version import PACKAGE, VERSION
from olbuild.running.devices.advice import advise
from olbuild.running.devices.hardware import graphics
from olbuild.running.devices.machine import Machine, this_machine
from olbuild.running.memory import Wishes

_FEWEST_FEATURES = frozenset({"AVX2", "NEON", "VSX", "VXE", "RISCV_V"})
_NOTHING = Backends(devices=(), features={})


def examine(workspace: Workspace, name: str | None = None, wishes: Wishes | None = None) -> Report:
    """Look at everything that running a model needs. What is missing is a finding, and no error.

    Args:
        workspace: settings, listener and store.
        name: a model: a name in the store, a reference (of which only headers are read), or the path of a GGUF file.
        wishes: what of it counts more than its own parameters.

    Raises:
        NotFoundError, UsageError, FormatError, RegistryError, RefusedError: if the model cannot be looked at.
    """
    found: list[Finding] = []
    backends = _backends(found)
    machine, chips = this_machine(backends), graphics()
    installed = find()
    engine = EngineFacts(
        version=installed.version if installed else "",
        folder=installed.folder if installed else None,
        built_for=tuple(dict.fromkeys(device.backend for device in backends.devices if device.kind != "cpu")),
        features=backends.features,
    )
    if backends is not _NOTHING:
        found += _about_devices(machine)
        found += [
            Finding(level="note", text=each.problem, remedy=each.remedy) for each in advise(chips, machine.devices)
        ]
    found += _about_limits(machine)
    found += examine_store(workspace)
    found += examine_registries(workspace.config)
    model = None
    if name is not None:
        model, about = examine_model(workspace, name, wishes, machine)
        found += about
    return Report(
        engine=engine,
        machine=machine,
        graphics=chips,
        home=workspace.config.home,
        findings=tuple(found),
        model=model,
    )


def _backends(found: list[Finding]) -> Backends:
    try:
        backends = list_backends()
    except EngineError as error:
        found.append(Finding(level="bad", text=error.message, remedy=error.hint or ""))
        return _NOTHING
    found.append(
        Finding(level="good", text=f"{PACKAGE} {VERSION} is here, and is the one that olbuild was tested with")
    )
    return backends


def _about_devices(machine: Machine) -> Iterator[Finding]:
    for gpu in machine.gpus:
        yield Finding(level="good", text=f"{gpu.description} can be used as {gpu.name}")
    if not machine.features & _FEWEST_FEATURES:
        yield Finding(
            level="note",
            text="the engine uses no vector instructions of this processor, which makes it slow",
            remedy="compile it for this machine: olbuild engine install --cpu --compile",
        )


def _about_limits(machine: Machine) -> Iterator[Finding]:
    cores = machine.cores
    if cores.quota is not None and cores.quota < cores.logical:
        yield Finding(
            level="note",
            text=f"the control group grants {cores.quota:g} of {cores.logical} processors:"
            f" {cores.threads} threads will compute",
        )
    if machine.free is None:
        yield Finding(level="note", text="nobody says how much memory there is; models are loaded unchecked")
