"""Which files make a model: shards in order and complete, projectors and adapters apart. Pure: names and headers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from olbuild.artifact.weights.gguf import Header, kind
from olbuild.artifact.weights.gguf.header import Split
from olbuild.artifact.weights.names import ShardName
from olbuild.core.errors import FormatError, NotFoundError
from olbuild.core.names import Role
from olbuild.core.records import Frozen

_SHARED_KEYS = ("general.architecture", "general.name", "general.type", "general.file_type", "general.size_label")


_SourceT = TypeVar("_SourceT")


class File(Frozen, Generic[_SourceT]):
    """A GGUF file: its name without folder (empty if it has none), its header, and what the caller knows it by."""

    name: str
    header: Header
    source: _SourceT


class Files(Frozen, Generic[_SourceT], kw_only=True):
    """The files of one model by what they are; ``weights`` are complete and in order."""

    weights: tuple[File[_SourceT], ...] = ()
    projectors: tuple[File[_SourceT], ...] = ()
    adapters: tuple[File[_SourceT], ...] = ()


def sort_files(files: Iterable[File[_SourceT]]) -> Files[_SourceT]:
    """Sort files by their headers, and the shards of the weights by their numbers.

    Raises:
        FormatError: if there are weights of two models, or a header cannot be.
        NotFoundError: if a shard is missing; the message names its file.
    """
    groups: dict[Role, list[File[_SourceT]]] = {}
    for file in files:
        # Only the first shard says what it is; the others hold tensors of whatever the first one is.
        role = Role.WEIGHTS if _number(file) else kind(file.header)
        groups.setdefault(role, []).append(file)
    return Files(
        weights=order_shards(groups.get(Role.WEIGHTS, ())),
        projectors=tuple(groups.get(Role.PROJECTOR, ())),
        adapters=tuple(groups.get(Role.ADAPTER, ())),
    )


def order_shards(files: Sequence[File[_SourceT]]) -> tuple[File[_SourceT], ...]:
    """Order the shards of one model, given in any order, and check that all are there and belong together.

    ``split.no`` and ``split.count`` decide (llama.cpp, ``gguf-split``); the names must agree with them where they look
    like names of shards. A single whole file is a model too.

    Raises:
        FormatError: if a file is of another model, stands twice, or the numbers contradict each other.
        NotFoundError: if a shard is missing; the message names its file.
    """
    for file in files:
        _compare_with_name(file)
    whole = next((file for file in files if file.header.split is None), None)
    first = next((split for file in files if (split := file.header.split)), None)
    if whole is not None and len(files) > 1:
        other = next(file for file in files if file is not whole)
        raise FormatError(
            f"{whole.header.where} is a whole model, and {other.header.where} holds weights too",
            hint="a model has the weights of one FROM; name the file that is meant",
        )
    if first is None:
        return tuple(files)
    numbered = _by_number(files, first)
    _require_all(numbered, first)
    ordered = tuple(numbered[number] for number in range(first.count))
    _compare_with_first(ordered)
    return ordered


def _number(file: File[_SourceT]) -> int:
    split = file.header.split
    return split.number if split is not None else 0


def _compare_with_name(file: File[_SourceT]) -> None:
    shard, split = ShardName.parse(file.name), file.header.split
    if shard is None:
        return
    if split is None:
        if shard.count > 1:
            raise FormatError(f"{file.header.where} is called one of {shard.count} parts, and is a whole model")
    elif (shard.number, shard.count) != (split.number + 1, split.count):
        raise FormatError(
            f"{file.header.where} is called part {shard.number} of {shard.count}, and its header says part "
            f"{split.number + 1} of {split.count}",
            hint="the file was renamed; give it the name that its header says",
        )


def _by_number(files: Sequence[File[_SourceT]], first: Split) -> dict[int, File[_SourceT]]:
    numbered: dict[int, File[_SourceT]] = {}
    for file in files:
        split = file.header.split or first
        if split.count != first.count:
            raise FormatError(
                f"{file.header.where} is one of {split.count} parts, and {files[0].header.where} one of {first.count}: "
                "they are of different models"
            )
        twin = numbered.setdefault(split.number, file)
        if twin is not file:
            raise FormatError(f"{twin.header.where} and {file.header.where} both are part {split.number + 1}")
    return numbered


def _require_all(numbered: dict[int, File[_SourceT]], first: Split) -> None:
    absent = next((number for number in range(first.count) if number not in numbered), None)
    if absent is None:
        return
    missing = first.count - len(numbered)
    name = next((shard for file in numbered.values() if (shard := ShardName.parse(file.name))), None)
    called = ShardName(prefix=name.prefix, number=absent + 1, count=first.count) if name else f"part {absent + 1}"
    others = f", and {missing - 1} more" if missing > 1 else ""
    raise NotFoundError(
        f"{called} of the model's {first.count} parts is missing{others}", hint="all parts of a model lie in one folder"
    )


def _compare_with_first(files: Sequence[File[_SourceT]]) -> None:
    """Check that shards are of one model: equal names, no contradicting metadata, each tensor once, all there."""
    first = files[0]
    prefix = ShardName.parse(first.name)
    total, names = 0, set[str]()
    for file in files:
        shard = ShardName.parse(file.name)
        foreign = f"{file.header.where} is a part of another model than {first.header.where}"
        if prefix is not None and shard is not None and shard.prefix != prefix.prefix:
            raise FormatError(f"{foreign}: their names begin differently")
        for key in _SHARED_KEYS:
            if key in file.header.metadata and file.header.metadata[key] != first.header.metadata.get(key):
                raise FormatError(f"{foreign}: they disagree about {key}")
        repeated = names.intersection(tensor.name for tensor in file.header.tensors)
        if repeated:
            raise FormatError(f"{foreign}: both hold the tensor {min(repeated)!r}")
        names.update(tensor.name for tensor in file.header.tensors)
        total += len(file.header.tensors)
    for file in files:
        split = file.header.split
        if split is not None and split.tensors is not None and split.tensors != total:
            raise FormatError(
                f"{file.header.where} is of a model of {split.tensors} tensors, and the parts hold {total}",
                hint="one of the parts is of another model or was cut short",
            )
