"""Modelfiles on disk: which ones a command line means, and writing one back."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.records import Frozen
from olbuild.core.text import LARGEST_TEXT

STANDARD_INPUT = "-"

_NAME = "modelfile"


class ModelfileText(Frozen, kw_only=True):
    """The bytes of a Modelfile. ``name`` is what findings call it, ``path`` is ``None`` for standard input.

    Relative paths in it are relative to ``folder``.
    """

    name: str
    path: Path | None
    folder: Path
    data: bytes


def read_modelfiles(places: Iterable[str], stdin: Callable[[], bytes]) -> Iterator[ModelfileText]:
    """Yield the Modelfiles that files, folders and ``-`` mean, each once, those of a folder by their names.

    ``stdin`` reads standard input, once it is needed.
    In a folder and those below it, what is called ``Modelfile``, ``Modelfile.…`` or ``….modelfile`` is one (in any
    case). Hidden folders and links to folders are not entered.

    Raises:
        NotFoundError: if a place does not exist, cannot be read, or is a folder without a Modelfile.
        UsageError: if a file is too large to be a Modelfile.
    """
    seen: set[Path] = set()
    for place in places:
        if place == STANDARD_INPUT:
            yield ModelfileText(name="standard input", path=None, folder=Path.cwd(), data=stdin())
            continue
        for path in _files(Path(place)):
            real = path.resolve()
            if real not in seen:
                seen.add(real)
                yield ModelfileText(name=str(path), path=path, folder=path.absolute().parent, data=read_modelfile(path))


def read_modelfile(path: Path, otherwise: str = "name a Modelfile, or a folder that holds some") -> bytes:
    """Return the bytes of a Modelfile. ``otherwise`` says what to do when it is not there.

    Raises:
        NotFoundError: if it does not exist or cannot be read.
        UsageError: if it is too large to be a Modelfile.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_TEXT + 1)
    except FileNotFoundError:
        raise NotFoundError(f"{path} does not exist", hint=otherwise) from None
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_TEXT:
        raise UsageError(f"{path} is larger than {LARGEST_TEXT >> 20} MiB", hint="is it a Modelfile?")
    return data


def replace_text(path: Path, data: bytes) -> None:
    """Put other bytes into a file, all or none of them; its mode stays, and so does a link that leads to it.

    Raises:
        OSError: if it cannot be written.
    """
    path = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(temporary).chmod(stat.S_IMODE(path.stat().st_mode))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    found = sorted(_below(place))
    if not found:
        raise NotFoundError(
            f"there is no Modelfile in {place} or below it", hint="name the file itself if it is called otherwise"
        )
    return found


def _below(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(where) / name for name in files if is_modelfile_name(name))


def is_modelfile_name(name: str) -> bool:
    """Whether a file is a Modelfile by its name: ``Modelfile``, ``Modelfile.…`` or ``….modelfile``, in any case."""
    lower = name.lower()
    return lower == _NAME or lower.startswith(f"{_NAME}.") or lower.endswith(f".{_NAME}")
