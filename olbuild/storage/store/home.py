"""The folder of olbuild: ``store/`` is an image layout and nothing else, ``state/`` is olbuild's own."""

from __future__ import annotations

from pathlib import Path

from olbuild.core.content import canonical_json, decode_json
from olbuild.core.errors import FormatError, NotFoundError, StoreError
from olbuild.core.records import Frozen
from olbuild.storage.store.failures import reading, writing
from olbuild.storage.store.ingest import DOCUMENT_MODE, Ingest

FORMAT = 1
"""The version of ``state/`` that this olbuild reads and writes."""

_LARGEST = 4096


class Home(Frozen):
    """Where everything of a store is."""

    path: Path

    @property
    def store(self) -> Path:
        """The image layout."""
        return self.path / "store"

    @property
    def state(self) -> Path:
        """Everything that is not content."""
        return self.path / "state"

    @property
    def ingest(self) -> Path:
        """Temporary files of content on its way in."""
        return self.state / "ingest"

    @property
    def uploads(self) -> Path:
        """Content that comes in pieces, over days if need be."""
        return self.state / "incoming"

    @property
    def leases(self) -> Path:
        """Leases of running processes."""
        return self.state / "leases"

    @property
    def collecting(self) -> Path:
        """The lock between collecting and protecting."""
        return self.state / "collecting.lock"

    @property
    def links(self) -> Path:
        """Records of blobs that are hard links."""
        return self.state / "links"

    @property
    def statcache(self) -> Path:
        """Digests of files that were read."""
        return self.state / "statcache"

    @property
    def ballast(self) -> Path:
        """Space kept for removing names on a full disk."""
        return self.state / "ballast"

    @property
    def format(self) -> Path:
        """The format version."""
        return self.state / "format.json"


def open_home(path: Path, *, create: bool) -> Home:
    """Check the folder of olbuild, and make what is missing of ``state/``.

    Raises:
        NotFoundError: if there is no store and none shall be made.
        StoreError: if the folder is of a newer format, somebody else's, or cannot be made.
    """
    home = Home(path)
    if path.exists() and not path.is_dir():
        raise StoreError(f"{path} is a file, and olbuild's home is a folder")
    data = _read(home.format)
    if data is not None:
        _check(data, home)
        return home
    if not create:
        raise NotFoundError(f"there is no store at {path}")
    _refuse_foreign(home)
    with writing(path):
        home.state.mkdir(parents=True, exist_ok=True)
    with Ingest(home.ingest, path).begin("format.json") as temporary:
        temporary.write(canonical_json({"format": FORMAT}))
        temporary.publish(home.format, DOCUMENT_MODE)
    return home


def _read(path: Path) -> bytes | None:
    with reading(str(path)):
        try:
            with path.open("rb") as file:
                return file.read(_LARGEST)
        except (FileNotFoundError, NotADirectoryError):
            return None


def _check(data: bytes, home: Home) -> None:
    try:
        document = decode_json(data, str(home.format))
    except FormatError as error:
        raise StoreError(error.message, hint=f"remove {home.state} if it is olbuild's; no content is in it") from error
    version = document.get("format") if isinstance(document, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise StoreError(f"{home.format} names no format version")
    if version > FORMAT:
        raise StoreError(
            f"the store {home.path} has format {version}, and this olbuild knows formats up to {FORMAT}",
            hint="use a newer olbuild, or set OLBUILD_HOME to another folder",
        )


def _refuse_foreign(home: Home) -> None:
    """Refuse folders with the right names and another's content.

    What is allowed may be there before the marks are, while another process makes the store.
    """
    with reading(str(home.path)):
        if home.state.is_dir():
            found = {entry.name for entry in home.state.iterdir()}
            if found - {"ingest", "build", "registries", "uploads"} and not home.format.is_file():
                raise StoreError(
                    f"{home.state} was not made by olbuild: it has no format.json",
                    hint="set OLBUILD_HOME to another folder",
                )
        found = {entry.name for entry in home.store.iterdir()} if home.store.is_dir() else set()
        if found - {"blobs"} and not (home.store / "oci-layout").is_file():
            raise StoreError(
                f"{home.store} was not made by olbuild: it is no OCI image layout",
                hint="set OLBUILD_HOME to another folder",
            )
