"""The disk and the users of this machine, for the rules of ``language.modelfile.paths``."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from olbuild.language.modelfile.paths import Kind


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
