"""The disk and the users of this machine, for the rules of ``language.modelfile.paths``."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.core.text import LARGEST_TEXT

if TYPE_CHECKING:
    from olbuild.language.modelfile.paths import Kind


class Inside:
    """Reads files of a folder and nothing outside of it. Implements ``Reader``."""

    def __init__(self, folder: Path) -> None:
        """Read below a folder."""
        self._folder = folder

    def read(self, path: str) -> bytes:
        """Return what a file holds; one byte more than the largest text shows that it is too large.

        Raises:
            OSError: if it cannot be read, is no file, or leads out of the folder through a link.
        """
        place = self._folder / path
        real = Path(os.path.realpath(place))
        if not real.is_relative_to(os.path.realpath(self._folder)):
            raise OSError("a link leads out of the Modelfile's folder")
        # Not to wait for a pipe that nobody writes to.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("it is no file")
            return file.read(LARGEST_TEXT + 1)


class Disk:
    """Implements ``Surroundings``."""

    def kind(self, path: str) -> Kind | None:
        """Say what is at a path behind all links.

        Raises:
            OSError: if it cannot be told (permission, a loop of links), or it is neither file nor folder.
        """
        try:
            mode = Path(path).stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ValueError as error:  # a null byte
            raise OSError(str(error)) from None
        if stat.S_ISDIR(mode):
            return "folder"
        if stat.S_ISREG(mode):
            return "file"
        raise OSError("it is neither a file nor a folder")

    def real(self, path: str) -> str:
        """Return an existing path without links."""
        return os.path.realpath(path)

    def home(self, user: str) -> str | None:
        """Return the home of a user, of the current one for an empty name."""
        if not user:
            return str(Path.home())
        try:
            return pwd.getpwnam(user).pw_dir
        except KeyError:
            return None
