"""The compiled engines of a user: a folder for each key, with one wheel in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from olbuild.core.errors import ResourceError
from olbuild.core.events import Emit, Said
from olbuild.core.records import Frozen

_SCRATCH = ".build-"


class WheelCache(Frozen, kw_only=True):
    """The place of one engine in the cache. Wheels appear whole or not at all; one process at a time makes them."""

    folder: Path

    @property
    def log(self) -> Path:
        """Where the output of a build goes."""
        return self.folder / "build.log"

    def get(self) -> Path | None:
        """Return the cached wheel. A damaged one is removed, and counts as missing."""
        for wheel in sorted(self.folder.glob("*.whl")):
            if _is_whole(wheel):
                return wheel
            wheel.unlink(missing_ok=True)
        return None

    def put(self, wheel: Path) -> Path:
        """Take a wheel into the cache, in one step; return its place."""
        place = self.folder / wheel.name
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=_SCRATCH, delete=False) as copy:
            temporary = Path(copy.name)
            try:
                with wheel.open("rb") as source:
                    shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
                temporary.chmod(0o644)
                temporary.replace(place)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        return place

    @contextmanager
    def lock(self, emit: Emit) -> Iterator[None]:
        """Hold the right to build. A second process waits, and finds the wheel then.

        Raises:
            ResourceError: if the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ResourceError(
                f"the cache folder {self.folder} cannot be written: {error.strerror}",
                hint="name another one with --cache",
            ) from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                emit(Said(text="another process is making this engine; waiting for it"))
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give an empty folder for a build, and remove it afterwards. Call it under the lock.

        What a killed build left behind is removed first.
        """
        for leftover in self.folder.glob(f"{_SCRATCH}*"):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=_SCRATCH, ignore_cleanup_errors=True) as name:
            yield Path(name)


def _is_whole(wheel: Path) -> bool:
    """Whether every file in a wheel has its checksum."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError):
        return False
