"""Images of models in the hands of the tools that mount, copy and check images."""

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from olbuild.artifact.profiles import modelcar
from olbuild.storage.store import Layout
from olbuild.testing.models import model_bytes
from tests.tools import require_program
from tests.unit.artifact.test_modelpack import FULL, MINIMAL

pytestmark = pytest.mark.integration

NAME = "car"  # some tools take no colon in the name of a layout
REFERENCE = "example.com/car:1"


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """Return a layout with an image that has every kind of file, and one with weights alone."""
    target = Layout(tmp_path / "layout")
    for bundle, name in ((FULL, NAME), (MINIMAL, "minimal")):
        graph = modelcar.write(bundle)
        for node in graph:
            target.push(node.descriptor, node.content)
        target.tag(graph.root, name)
    return target.path


def run(*command: str | Path, **environment: str) -> str:
    finished = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert finished.returncode == 0, f"{' '.join(map(str, command))}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout.strip()


def check(models: Path) -> None:
    assert hashlib.sha256((models / "model-00001-of-00003.gguf").read_bytes()).hexdigest() == FULL.weights[0].digest.hex
    assert (models / "system.txt").read_text() == "Be brief.\n"
    assert (models / "system.txt").stat().st_mode & 0o777 == 0o644
    assert models.stat().st_mode & 0o777 == 0o755


def test_skopeo_copies_it_and_crane_finds_it_valid(layout: Path, tmp_path: Path) -> None:
    skopeo, crane = require_program("skopeo"), require_program("crane")
    for name in (NAME, "minimal"):
        archive = tmp_path / f"{len(name)}.tar"
        run(skopeo, "copy", f"oci:{layout}:{name}", f"docker-archive:{archive}:{REFERENCE}")
        assert "PASS" in run(crane, "validate", "--tarball", archive)


def test_umoci_unpacks_it(layout: Path, tmp_path: Path) -> None:
    umoci = require_program("umoci")
    run(umoci, "unpack", "--rootless", "--image", f"{layout}:{NAME}", tmp_path / "out")
    check(tmp_path / "out" / "rootfs" / "models")


def test_tar_shows_the_weights(layout: Path, tmp_path: Path) -> None:
    graph = modelcar.write(MINIMAL)
    blob = layout / "blobs" / "sha256" / graph.nodes[1].descriptor.digest.hex
    run("tar", "-xf", blob, "-C", tmp_path)
    assert (tmp_path / "models" / "model.gguf").read_bytes() == model_bytes()


def test_podman_mounts_it(layout: Path, tmp_path: Path) -> None:
    program = require_program("podman")
    if os.geteuid() != 0:
        pytest.skip("podman image mount needs root, or podman unshare")
    (tmp_path / "config.json").write_text("{}")
    account = {"DOCKER_CONFIG": str(tmp_path)}  # podman fails if it is set and not there
    with TemporaryDirectory(prefix="car-", dir="/tmp") as short:  # it takes 50 characters
        podman: list[str | Path] = [program, "--root", tmp_path / "p", "--runroot", short, "--storage-driver", "vfs"]
        image = run(*podman, "pull", "-q", f"oci:{layout}:{NAME}", **account)
        check(Path(run(*podman, "image", "mount", image, **account)) / "models")
        run(*podman, "image", "unmount", image, **account)


def test_containerd_mounts_it(layout: Path, tmp_path: Path) -> None:
    skopeo = require_program("skopeo")
    if os.geteuid() != 0:
        pytest.skip("containerd needs root")
    run(skopeo, "copy", f"oci:{layout}:{NAME}", f"oci-archive:{tmp_path / 'car.tar'}:{REFERENCE}")
    place = tmp_path / "mounted"
    place.mkdir()
    with containerd(tmp_path) as ctr:
        run(*ctr, "images", "import", "--snapshotter", "native", tmp_path / "car.tar")
        run(*ctr, "images", "mount", "--snapshotter", "native", REFERENCE, place)
        try:
            check(place / "models")
        finally:
            run(*ctr, "images", "unmount", place)


@contextmanager
def containerd(folder: Path) -> Iterator[list[str | Path]]:
    """Run a containerd of our own; yield the beginning of every command of its client."""
    daemon, ctr, socket = require_program("containerd"), require_program("ctr"), folder / "s"
    settings = folder / "containerd.toml"
    settings.write_text(
        f'version = 2\nroot = "{folder / "root"}"\nstate = "{folder / "state"}"\n'
        f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "{socket}"\n'
    )
    with (
        (folder / "containerd.log").open("w") as log,
        subprocess.Popen([str(daemon), "--config", str(settings)], stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            client: list[str | Path] = [ctr, "--address", socket]
            for _ in range(100):
                if subprocess.run([*client, "version"], capture_output=True, check=False).returncode == 0:
                    break
                time.sleep(0.1)
            yield client
        finally:
            process.terminate()
