"""The artifact that benchmarks move, and what can be seen of it where it was moved to."""

import hashlib
import json
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clients import NAME, OLBUILD
from benchmarks.measure import run
from olbuild.core.names import Reference
from olbuild.storage.copy import copy
from olbuild.storage.registry import open_registry
from olbuild.storage.store import Layout
from olbuild.testing.faults.judge import Visible, damaged
from olbuild.testing.models import write_large_model

_REPOSITORY, _, _TAG = NAME.partition(":")
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """An artifact in a layout, and beside it in ``home``: digest of its manifest, and sizes of its blobs by digest."""

    layout: Path
    root: str
    blobs: dict[str, int]

    @property
    def size(self) -> int:
        """Bytes of all blobs."""
        return sum(self.blobs.values())

    @property
    def largest(self) -> int:
        """Bytes of the largest blob."""
        return max(self.blobs.values())

    @property
    def weights(self) -> str:
        """Digest of the largest blob."""
        return max(self.blobs, key=lambda digest: self.blobs[digest])


def make_artifact(folder: Path, size: int, small_layers: int = 0) -> Artifact:
    """Build a model of about ``size`` bytes into ``folder/home``, and write it to ``folder/layout``.

    ``small_layers`` is how many licences of 20 kB it has, each of which is a layer.
    """
    home, layout, model = folder / "home", folder / "layout", folder / "model"
    model.mkdir(parents=True)
    write_large_model(model / "model.gguf", size)
    licences = (f'LICENSE """Licence {number}: {"as it is " * 2200}"""\n' for number in range(small_layers))
    (model / "Modelfile").write_text(f"FROM ./model.gguf\nSYSTEM Be brief.\n{''.join(licences)}")
    quiet = ["--progress", "none", "--home", str(home)]
    run([OLBUILD, "build", *quiet, "-t", NAME, str(model)])
    run([OLBUILD, "push", *quiet, NAME, f"oci:{layout}:{_TAG}"])
    shutil.rmtree(model)
    (entry,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    manifest = json.loads((layout / "blobs" / entry["digest"].replace(":", "/")).read_bytes())
    blobs = {each["digest"]: each["size"] for each in [manifest["config"], *manifest["layers"]]}
    return Artifact(layout=layout, root=entry["digest"], blobs=blobs)


def stock(host: str, artifact: Artifact) -> None:
    """Put the artifact into a registry that lets everybody in."""
    source = Layout(artifact.layout)
    target = open_registry(Reference(host=host, repository=_REPOSITORY), writing=True)
    copy(source, target, source.resolve(_TAG), name=_TAG)


def visible_in_folder(folder: Path, blobs: str, artifact: Artifact) -> Visible:
    """Return what a pull left in a layout or a store."""
    if damaged(folder / blobs):
        return "wrong"
    needed = [artifact.root, *artifact.blobs]
    index = folder / blobs.replace("blobs/sha256", "index.json")
    named = index.exists() and artifact.root in index.read_text()
    there = all((folder / blobs / digest.partition(":")[2]).exists() for digest in needed)
    return "whole" if named and there else "wrong" if named else "nothing"


def visible_in_registry(host: str, artifact: Artifact) -> Visible:
    """Return what a push left in a registry that lets everybody in. Asked without any client's help."""
    base = f"http://{host}/v2/{_REPOSITORY}"
    found = _digest(f"{base}/manifests/{_TAG}")
    if found is None:
        return "nothing"
    right = found == artifact.root and all(_digest(f"{base}/blobs/{digest}") == digest for digest in artifact.blobs)
    return "whole" if right else "wrong"


def _digest(url: str) -> str | None:
    """Return the digest of what a URL has, ``None`` if there is nothing."""
    sha256 = hashlib.sha256()
    request = urllib.request.Request(url, headers={"Accept": _MANIFEST})  # noqa: S310 - http, see above
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            while block := response.read(_BLOCK):
                sha256.update(block)
    except urllib.error.HTTPError as error:
        error.close()
        return None
    return f"sha256:{sha256.hexdigest()}"
