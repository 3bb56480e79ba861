"""What several commands say in the same words."""

from olbuild.cli import units

IN_USE = "kept while another olbuild uses it"


_LONGEST = 200  # characters of a text that are shown; --json has all of it


def kept(size: int) -> str:
    """Say, behind what was freed, how many bytes were not because of a lease; of nothing say nothing."""
    return f", {units.size(size)} {IN_USE}" if size else ""


def short(text: str) -> str:
    """Return the beginning of a text on one line; how long it is, if that is not all of it."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}… ({len(text)} characters)"
