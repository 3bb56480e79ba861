"""What the tensors of a model take on each device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from olbuild.running.memory.repacking import is_repacked
from olbuild.running.memory.shape import Piece, Shape
from olbuild.running.memory.spread import places
from olbuild.running.placement import HOST, Placement


def weights(shape: Shape, placement: Placement, features: frozenset[str]) -> Mapping[str, int]:
    """Return the bytes of tensors, by device.

    Args:
        shape: the model.
        placement: where its layers go.
        features: the abilities of the processor, in ggml's words.
    """
    taken: Counter[str] = Counter()
    host: list[Piece] = list(shape.inputs)
    matrices: list[Piece] = []
    where = places(len(shape.layers), placement)
    for device, pieces in zip(where, (*(layer.pieces for layer in shape.layers), shape.outputs), strict=True):
        if device == HOST:
            matrices += pieces
        else:
            taken[device] += sum(piece.tensor.size for piece in pieces)
    if shape.tied is not None:  # the output needs the embedding where it is itself
        if where[-1] != HOST:
            taken[where[-1]] += shape.tied.tensor.size
        elif not placement.devices and is_repacked(shape.tied, features):
            taken[HOST] += shape.tied.tensor.size
    for piece in matrices:
        # Beside a graphics processor tensors stay in the order of the file, for it computes with them too.
        if not placement.devices and is_repacked(piece, features):
            taken[HOST] += piece.tensor.size
        else:
            host.append(piece)
    taken[HOST] += sum(piece.tensor.size for piece in host) if placement.mmap is False else _mapped(host)
    return taken


def _mapped(pieces: Iterable[Piece]) -> int:
    """Return the bytes from the first to the last of some tensors: what lies between them is mapped too."""
    ranges: dict[int, tuple[int, int]] = {}
    for piece in pieces:
        begin, end = piece.tensor.offset, piece.tensor.offset + piece.tensor.size
        low, high = ranges.get(piece.file, (begin, end))
        ranges[piece.file] = min(low, begin), max(high, end)
    return sum(high - low for low, high in ranges.values())
