"""Choose where a model goes and how large its context is.

Ollama's rules where it has one: an automatic context follows the memory of the graphics processors, the smallest one
that suffices is used, else all of them together, else the processor takes the layers that do not fit. Different from
it, what is chosen fits into the memory of the machine too.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen
from olbuild.llama.backends import BackendDevice
from olbuild.running.devices.machine import Machine
from olbuild.running.memory.contexts import USUAL, Request, requests
from olbuild.running.memory.predict import predict
from olbuild.running.memory.room import Room
from olbuild.running.memory.shape import Shape
from olbuild.running.memory.wishes import Wishes
from olbuild.running.memory.wording import became, losses, too_large
from olbuild.running.placement import Placement, Usage


class Plan(Frozen, kw_only=True):
    """What was decided.

    Attributes:
        placements: one, or several that differ in their device only.
        prediction: what llama.cpp will report for each of them.
        needed: what each must have: of the file's pages only those that are used.
        choices: in words, what automatic became.
        losses: in words, what is less than was wished, and why.
    """

    placements: tuple[Placement, ...]
    prediction: Usage
    needed: Usage
    choices: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Both."""
        return (*self.choices, *self.losses)

    @property
    def placement(self) -> Placement:
        """The first one."""
        return self.placements[0]


def plan(shape: Shape, wishes: Wishes, machine: Machine) -> Plan:
    """Choose a placement.

    Raises:
        UsageError: if a graphics processor is wished that does not exist.
        ResourceError: if nothing fits that the wishes allow.
    """
    room = Room(shape=shape, wishes=wishes, machine=machine)
    candidates = tuple(requests(shape, wishes, machine))
    gpus = _gpus(wishes, machine)
    if wishes.replicate and (alike := _replicas(room, candidates, gpus)):
        return _planned(room, candidates[0], alike)
    for placement in _attempts(room, candidates, gpus):
        if room.fits(placement):
            return _planned(room, candidates[0], (placement,))
    raise too_large(room, room.place(candidates[-1], gpus, _layers(room) if gpus else 0))


def _gpus(wishes: Wishes, machine: Machine) -> tuple[BackendDevice, ...]:
    """Return the graphics processors that may be used."""
    if wishes.gpu_layers == 0:
        return ()
    if wishes.main_gpu < 0 or not machine.gpus:
        return machine.gpus
    if wishes.main_gpu >= len(machine.gpus):
        raise UsageError(
            f"main_gpu is {wishes.main_gpu}, and there are {len(machine.gpus)} graphics processors, counted from 0"
        )
    return (machine.gpus[wishes.main_gpu],)


def _layers(room: Room) -> int:
    """Return how many layers may be on graphics processors, the output included."""
    most = len(room.shape.layers) + 1
    return most if room.wishes.gpu_layers < 0 else min(room.wishes.gpu_layers, most)


def _attempts(room: Room, candidates: Sequence[Request], gpus: Sequence[BackendDevice]) -> Iterator[Placement]:
    """Yield what to try, the best first."""
    for request in candidates if gpus else ():
        for devices in _choices(room, gpus):
            if request.context >= USUAL or request.context == candidates[0].context:
                yield room.place(request, devices, _layers(room))
    if gpus and room.wishes.gpu_layers > 0:
        return  # so many layers are wished, and no other number
    modest = [request for request in candidates if request.context <= USUAL] or candidates
    if gpus and (layers := _most_layers(room, modest[0], gpus)):
        yield room.place(modest[0], gpus, layers)
    for request in modest:
        yield room.place(request, (), 0)


def _most_layers(room: Room, request: Request, gpus: Sequence[BackendDevice]) -> int:
    """Return how many layers graphics processors have room for; with each further one they need more."""
    counts = range(1, _layers(room))
    return bisect_left(counts, 1, key=lambda layers: int(not room.fits_on(room.place(request, gpus, layers))))


def _choices(room: Room, gpus: Sequence[BackendDevice]) -> Iterator[Sequence[BackendDevice]]:
    """Yield single devices, the smallest room first, then all together."""
    if not room.wishes.spread:
        yield from ((gpu,) for gpu in sorted(gpus, key=room.on))
    if room.wishes.spread or len(gpus) > 1:
        yield gpus


def _replicas(room: Room, candidates: Sequence[Request], gpus: Sequence[BackendDevice]) -> tuple[Placement, ...]:
    """Return a placement for each graphics processor that the whole model fits, if there are at least two."""
    for request in candidates:
        placements = tuple(room.place(request, (gpu,), _layers(room)) for gpu in gpus)
        if len(fitting := tuple(filter(room.fits, placements))) > 1:
            return fitting
    return ()


def _planned(room: Room, wanted: Request, placements: tuple[Placement, ...]) -> Plan:
    first = placements[0]
    return Plan(
        placements=placements,
        prediction=predict(room.shape, first, room.machine.features),
        needed=room.needs(first),
        choices=tuple(became(room, wanted, placements)),
        losses=tuple(losses(room, wanted, placements)),
    )
