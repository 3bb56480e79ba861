"""What several commands say in the same words."""

from olbuild.cli import units

IN_USE = "kept while another olbuild uses it"


def kept(size: int) -> str:
    """Say, behind what was freed, how many bytes were not because of a lease; of nothing say nothing."""
    return f", {units.size(size)} {IN_USE}" if size else ""
