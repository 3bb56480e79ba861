"""A name that stands for several variants of a model: one of them is taken, and that is said."""

from __future__ import annotations

from olbuild.artifact.variants import Choice, choose, is_variants, read_variants, write_variants
from olbuild.core.content import Descriptor, Graph
from olbuild.core.errors import UsageError
from olbuild.core.events import Emit, Said
from olbuild.core.records import replace
from olbuild.running.devices import usable_memory
from olbuild.storage.graph import GraphSource
from olbuild.storage.ports import Source

_GIB = 1 << 30


def pick(origin: Source, root: Descriptor, wanted: str | None, emit: Emit) -> Descriptor:
    """Return the artifact to take: of an index of variants one of them, everything else as it is.

    Args:
        origin: where it is.
        root: what its name stands for there.
        wanted: name or quantisation of the variant; ``None`` is the best that fits this machine.
        emit: told which one is taken.

    Raises:
        NotFoundError: if there is no such variant.
        UsageError: if one is wanted, and there are none to choose from.
        FormatError: if the index is malformed.
    """
    if not is_variants(root, origin.fetch):
        if wanted is not None:
            raise UsageError(
                f"{root.digest} is one artifact, and there is no variant {wanted[:100]} to choose",
                hint="leave --variant out; pull takes another variant from where there are several",
            )
        return root
    variants = read_variants(root, origin.fetch)
    choice = choose(variants, usable_memory(), wanted)
    emit(Said(text=_said(choice, len(variants)), level="info" if choice.fits else "warning"))
    return origin.resolve(str(choice.variant.manifest.digest))


def whole_index(origin: Source, root: Descriptor) -> tuple[Source, Descriptor]:
    """Return where to copy all variants from: of those that are split there, the whole ones, under an index of them.

    Raises:
        FormatError: if the index is malformed.
        NotFoundError: if a variant is missing.
    """
    if not is_variants(root, origin.fetch):
        return origin, root
    variants = read_variants(root, origin.fetch)
    found = [origin.resolve(str(each.manifest.digest)) for each in variants]
    if all(now.digest == each.manifest.digest for now, each in zip(found, variants, strict=True)):
        return origin, root
    index = write_variants(
        each if now.digest == each.manifest.digest else replace(each, manifest=now)
        for now, each in zip(found, variants, strict=True)
    )
    return GraphSource(Graph((index,)), origin.label, origin), index.descriptor


def _said(choice: Choice, count: int) -> str:
    needs = f"{choice.variant.memory / _GIB:.1f} GiB"
    if choice.asked:
        return f"variant {choice.variant.name} of {count}: it needs {needs}"
    if choice.allowed is None:
        return f"variant {choice.variant.name} of {count}: the largest; --variant chooses another"
    may = f"{choice.allowed / _GIB:.1f} GiB"
    if choice.fits:
        return f"variant {choice.variant.name} of {count}: it needs {needs} of {may}; --variant chooses another"
    return f"variant {choice.variant.name} of {count}: the smallest, and yet it needs {needs} and may have {may}"
