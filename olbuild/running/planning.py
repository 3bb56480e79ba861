"""Where a bundle would go on a machine."""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.artifact.bundle import Bundle, ParameterValue
from olbuild.artifact.weights.gguf import read_header
from olbuild.core.config import Config
from olbuild.core.records import replace
from olbuild.running.memory import Shape, Wishes, read_shape
from olbuild.running.options import LoadOptions, Sampling, read_options
from olbuild.running.placement import read_cache_type


def shape_of(bundle: Bundle, where: str) -> Shape:
    """Read the shape of a bundle's weights, wherever they are; ``where`` names it in errors.

    Raises:
        FormatError: if there are none, or a header is malformed.
    """
    return read_shape([read_header(blob.content, f"{where}: the weights") for blob in bundle.weights])


def wishes_of(
    bundle: Bundle, parameters: Mapping[str, ParameterValue], *, parallel: int = 1, sequences: int = 0
) -> Wishes:
    """Return what a bundle wishes of a placement.

    Args:
        bundle: its parameters count, and so does what belongs to it.
        parameters: those that win over the bundle's.
        parallel: as ``Wishes`` has it.
        sequences: likewise.

    Raises:
        UsageError: if a parameter is impossible.
    """
    besides = sum(blob.size for blob in (*bundle.adapters, *bundle.projectors, *bundle.drafts))
    both = {**bundle.parameters, **parameters}
    wishes = Wishes.of(read_options(LoadOptions, both), parallel=parallel, sequences=sequences, besides=besides)
    guesses = read_options(Sampling, both).guesses(drafts=bool(bundle.drafts))
    return replace(wishes, guesses=guesses)


def as_set(wishes: Wishes, config: Config) -> Wishes:
    """Return wishes with what the settings say about the cache.

    Raises:
        UsageError: if a setting is impossible.
    """
    return wishes.keeping(read_cache_type(config.cache_type), flash_attention=config.flash_attention)
