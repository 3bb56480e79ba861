"""registry-spec validate: is a file, a folder or an artifact as the specification says?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from olbuild.api.locations import parse_location
from olbuild.api.lookup import find
from olbuild.api.targets import open_source
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles import Fetch
from olbuild.artifact.profiles.manifest import read_manifest
from olbuild.artifact.splitting import Joined
from olbuild.artifact.validation import KINDS, Findings, kind_of, validate_artifact, validate_document
from olbuild.core.content import BytesContent, Content, Descriptor
from olbuild.core.errors import FormatError, NotFoundError, OlbuildError, UsageError
from olbuild.core.names import Digest, MediaType
from olbuild.core.records import Frozen
from olbuild.storage.store.failures import reading

_LARGEST = 64 << 20
_ROOTS = ("index", "split", "manifest")
"""Documents that the others in their folder belong to."""

_PATHS = ("/", "./", "../", "~/")


class Validated(Frozen, kw_only=True):
    """What was looked at, as what, and what was found."""

    name: str
    kind: str
    findings: Findings


def validate(workspace: Workspace, subject: str, *, kind: str | None = None, content: Path | None = None) -> Validated:
    """Check a file, a folder, or an artifact.

    Args:
        workspace: settings, listener and store.
        subject: a file with one document; a folder with ``manifest.json``, ``split.json`` or ``index.json`` and what
            they name; or an artifact by its name in the store, as a reference or as ``oci:DIR[:NAME]``.
        kind: what the document is, if its name or its content does not say it.
        content: folder with what the document names; its own if left out.

    Raises:
        NotFoundError: if there is no such file and no such artifact.
        UsageError: if it is no such file, or too large.
        RefusedError, RegistryError, IntegrityError: if the artifact cannot be read.
    """
    path = Path(subject)
    root = next((path / f"{name}.json" for name in _ROOTS if (path / f"{name}.json").is_file()), None)
    if root is not None or path.is_file():
        return _validate_file(root or path, kind, content)
    if kind is not None or content is not None or subject.startswith(_PATHS) or subject.endswith(".json"):
        raise NotFoundError(f"there is no file {subject}")
    findings = Findings()
    descriptor, fetch = _find(workspace, subject)
    validate_artifact(findings, descriptor, fetch)
    return Validated(name=subject, kind="artifact", findings=findings)


def _find(workspace: Workspace, name: str) -> tuple[Descriptor, Fetch]:
    """Find an artifact as it is where it is: a split one is not joined."""
    try:
        _, root = find(workspace, name)
        return root, workspace.store.fetch
    except (NotFoundError, UsageError):
        source, name_there = open_source(workspace, parse_location(name))
    if source is workspace.store:
        raise NotFoundError(f"{name} is no file and no artifact in the local store")
    root = source.resolve(name_there)
    if not isinstance(source, Joined):
        return root, source.fetch
    return source.split_of(root) or root, source.origin.fetch


def _validate_file(path: Path, kind: str | None, content: Path | None) -> Validated:
    data = _read(path)
    findings = Findings()
    named = path.name.partition(".")[0].partition("-")[0]
    kind = kind or (named if named in KINDS else None)
    if kind is None:
        try:
            kind = kind_of(data)
        except FormatError as error:
            findings.note(path.name, "$", error.message)
            return Validated(name=str(path), kind="unknown", findings=findings)
    folder = _Folder(content or path.parent)
    layers = folder.layers() if kind == "config" else None
    validate_document(findings, kind, data, folder.fetch, layers=layers)
    return Validated(name=str(path), kind=kind, findings=findings)


def _read(path: Path) -> bytes:
    with reading(str(path)), path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise UsageError(f"{path} is larger than {_LARGEST >> 20} MiB, and no document is")
    return data


class _Folder:
    """Finds content among the files of one folder, by size and digest; files as large as weights are passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fetch(self, descriptor: Descriptor) -> Content:
        for path in self._files(descriptor.size):
            data = path.read_bytes()
            if Digest.of(data) == descriptor.digest:
                return BytesContent(data)
        raise NotFoundError(f"{descriptor.digest} is not in {self._path}")

    def layers(self) -> list[Digest] | None:
        """Return the layers of the manifest in the folder; ``None`` if there is none that can be read."""
        path = self._path / "manifest.json"
        try:
            root = Descriptor.of(MediaType.OCI_MANIFEST, data := _read(path))
            return [layer.digest for layer in read_manifest(root, lambda _: BytesContent(data)).layers]
        except OlbuildError:
            return None

    def _files(self, size: int) -> Iterator[Path]:
        if size > _LARGEST:
            return
        with reading(str(self._path)):
            for path in sorted(self._path.iterdir()):
                if path.is_file() and path.stat().st_size == size:
                    yield path
