"""File names of GGUF files, as llama.cpp's ``gguf-split`` writes them: ``model-00001-of-00003.gguf``.

Names only find files; what a file is and where it belongs is decided by its header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from olbuild.core.errors import FormatError, NotFoundError
from olbuild.core.records import Frozen

_SHARD = re.compile(r"(?P<prefix>.+)-(?P<number>[0-9]{5})-of-(?P<count>[0-9]{5})\.gguf", re.IGNORECASE | re.DOTALL)


class ShardName(Frozen, kw_only=True):
    """The parts of a shard's name; ``number`` counts from 1."""

    prefix: str
    number: int
    count: int

    @classmethod
    def parse(cls, name: str) -> ShardName | None:
        """Take a file name apart; ``None`` if it is not the name of a shard.

        Raises:
            FormatError: if it is, and its numbers cannot be.
        """
        match = _SHARD.fullmatch(name)
        if match is None:
            return None
        shard = cls(prefix=match["prefix"], number=int(match["number"]), count=int(match["count"]))
        if not 1 <= shard.number <= shard.count:
            raise FormatError(f"{name}: there is no part {shard.number} of {shard.count}")
        return shard

    def __str__(self) -> str:
        """Return the file name."""
        return f"{self.prefix}-{self.number:05d}-of-{self.count:05d}.gguf"


def shard_names(name: str) -> tuple[str, ...]:
    """Return the names of all files of the model that a file belongs to, in order; just the name if it is no shard.

    Raises:
        FormatError: if the numbers in the name cannot be.
    """
    shard = ShardName.parse(name)
    if shard is None:
        return (name,)
    suffix = name[-len(".gguf") :]  # a name in capitals belongs to names in capitals
    numbers = range(1, shard.count + 1)
    return tuple(f"{name[: len(shard.prefix)]}-{number:05d}-of-{shard.count:05d}{suffix}" for number in numbers)


def select_gguf(names: Iterable[str], where: str = "the folder") -> tuple[str, ...]:
    """Pick the GGUF files from the names of a folder, sorted; hidden files are passed over.

    Which of them are weights, projectors or adapters, and whether shards are missing, is decided by their headers
    (``sort_files``).

    Raises:
        NotFoundError: if there is none.
    """
    found = tuple(sorted(name for name in names if name.lower().endswith(".gguf") and not name.startswith(".")))
    if not found:
        raise NotFoundError(f"{where} holds no GGUF file", hint="FROM takes a .gguf file, or a folder that has one")
    return found
