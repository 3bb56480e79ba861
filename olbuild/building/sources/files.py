"""Files on disk: which ones a value means, and what their headers say they are."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from olbuild.artifact.bundle import Metadata
from olbuild.artifact.weights import File, select_gguf, shard_names, sort_files
from olbuild.artifact.weights.gguf import Header, describe, read_header
from olbuild.building.cache import BuildCache
from olbuild.building.plan import FileInput
from olbuild.building.plan.steps import step_key
from olbuild.core.content import FileContent
from olbuild.core.errors import FormatError, NotFoundError, ResourceError
from olbuild.core.names import Digest, Role
from olbuild.core.records import Frozen, replace
from olbuild.language.modelfile.paths import is_written_as_path
from olbuild.storage.store import Store
from olbuild.storage.store.identity import FileIdentity

_GLOB = frozenset("*?[")
_VERSION = 1  # of what is concluded from headers; a change of conclusions is a change of this number


class Sorted(Frozen):
    """Files by what they are, shards in order, and what the headers say about the model."""

    files: tuple[FileInput, ...]
    metadata: Metadata


def is_path(value: str) -> bool:
    """Whether a FROM that does not exist means a path all the same: a glob, or written as only a path can be."""
    is_pattern = bool(_GLOB & set(value)) and not value.startswith("[")  # [::1]:5000/name is a registry
    return is_pattern or is_written_as_path(value)


def expand(path: Path) -> tuple[Path, ...]:
    """Return the GGUF files that a path means: itself, all of a folder, all that match a glob, or all shards of one.

    Raises:
        NotFoundError: if there is none.
        FormatError: if it is something else than files and folders.
    """
    mode = _mode(path)
    if mode is None and "**" in str(path):
        raise FormatError(f"{path}: ** would search whole trees", hint="name the folder, or use * for one level")
    if mode is None:
        found = tuple(sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))) if _is_glob(path) else ()
        if not found:
            raise NotFoundError(f"{path} does not exist", hint="paths are relative to the Modelfile")
        return found
    if stat.S_ISDIR(mode):
        return _of_folder(path)
    if not stat.S_ISREG(mode):
        raise FormatError(f"{path} is neither a file nor a folder")
    return tuple(path.with_name(name) for name in shard_names(path.name))


def _is_glob(path: Path) -> bool:
    return bool(_GLOB & set(str(path)))


def _mode(path: Path) -> int | None:
    """Return the mode of what is there; ``None`` if nothing is.

    Raises:
        NotFoundError: if it cannot be looked at (permission, a loop of symbolic links, a name too long).
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise NotFoundError(f"{path} is a symbolic link to nothing") from None
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise NotFoundError(f"{path} cannot be opened: {reason}") from None


def _of_folder(path: Path) -> tuple[Path, ...]:
    try:
        names = [entry.name for entry in os.scandir(path)]
    except OSError as error:
        raise NotFoundError(f"{path} cannot be listed: {error.strerror}") from None
    if any(name.endswith(".safetensors") for name in names) and not any(
        name.lower().endswith(".gguf") for name in names
    ):
        raise FormatError(
            f"{path} holds safetensors, and this version builds from GGUF only",
            hint="convert the model with llama.cpp's convert_hf_to_gguf.py first",
        )
    return tuple(path / name for name in select_gguf(names, str(path)))


class Files:
    """Looks at files, and remembers what it saw."""

    def __init__(self, store: Store, cache: BuildCache, *, use_cache: bool = True) -> None:
        """Ask the store for digests that are known, and the cache for what headers said."""
        self._store = store
        self._cache = cache
        self._use_cache = use_cache

    def sort(self, paths: tuple[Path, ...]) -> Sorted:
        """Say what files are. Headers are read only of files that were not seen before.

        Raises:
            FormatError: if a file is no GGUF, lies about itself, or is of another model.
            NotFoundError: if a file or a shard is missing.
        """
        looked = [self._look(path) for path in paths]
        digests = [status.digest for status in looked]
        key = None
        if all(digests):
            names = [path.name for path in paths]  # shards are checked by their names too
            key = step_key("files", version=_VERSION, digests=[str(digest) for digest in digests], names=names)
            if self._use_cache and (entry := self._cache.get(key)) is not None:
                remembered = _remembered(entry, looked)
                if remembered is not None:
                    return remembered
        result = _sorted(looked)
        if key is not None:
            place = {file.path: index for index, file in enumerate(looked)}
            order = [[place[file.path], str(file.role)] for file in result.files]
            self._cache.put(key, {"files": order, "metadata": msgspec.to_builtins(result.metadata)})
        return result

    def _look(self, path: Path) -> FileInput:
        try:
            status = path.stat()
        except FileNotFoundError:
            raise NotFoundError(f"{path} does not exist") from None
        except OSError as error:
            raise NotFoundError(f"{path} cannot be opened: {error.strerror}") from None
        if not stat.S_ISREG(status.st_mode):
            raise FormatError(f"{path} is not a file")
        if not os.access(path, os.R_OK):
            raise NotFoundError(f"{path} cannot be read: permission denied")
        digest: Digest | None = self._store.known_digest(path) if self._use_cache else None
        return FileInput(
            path=path, role=Role.WEIGHTS, size=status.st_size, identity=FileIdentity.of(status), digest=digest
        )


def _sorted(looked: list[FileInput]) -> Sorted:
    groups = sort_files([File(file.path.name, _header(file), file) for file in looked])
    roles = ((Role.WEIGHTS, groups.weights), (Role.PROJECTOR, groups.projectors), (Role.ADAPTER, groups.adapters))
    files = tuple(replace(file.source, role=role) for role, group in roles for file in group)
    metadata = describe([file.header for file in groups.weights], [file.header for file in groups.projectors])
    return Sorted(files, metadata)


def _header(file: FileInput) -> Header:
    try:
        return read_header(FileContent(file.path, file.size), str(file.path))
    except MemoryError:
        raise ResourceError(f"{file.path}: not enough memory to read the header") from None


def _remembered(entry: dict[str, object], looked: list[FileInput]) -> Sorted | None:
    """Read a cache entry; ``None`` if it is not what was written."""
    try:
        order = msgspec.convert(entry.get("files"), list[tuple[int, Role]])
        metadata = msgspec.convert(entry.get("metadata"), Metadata)
        return Sorted(tuple(replace(looked[index], role=role) for index, role in order), metadata)
    except (msgspec.ValidationError, IndexError):
        return None
