"""Bad input from the command line: one paragraph, the right exit code, and a store that is valid."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor, canonical_json
from olbuild.core.names import MediaType
from olbuild.storage.store import Layout
from olbuild.testing.models import model_bytes, shard_bytes, write_large_model
from tests.command import olbuild


def check(*command: str | Path, expect: int, **environment: str) -> str:
    """Run a command that must fail; return what it said."""
    finished = olbuild(*command, expect=expect, environment=environment)
    assert finished.stdout == ""
    said = [line for line in finished.stderr.splitlines() if line]
    assert any("error" in line for line in said)
    assert len(said) <= 7, finished.stderr
    return finished.stderr


# ── files ──


def header(tensors: int, keys: int) -> bytes:
    return b"GGUF" + (3).to_bytes(4, "little") + tensors.to_bytes(8, "little") + keys.to_bytes(8, "little")


def shards(folder: Path, *, without: int = -1, foreign: int = -1) -> None:
    for number, data in enumerate(shard_bytes(3)):
        content = shard_bytes(4)[number] if number == foreign else data
        if number != without:
            (folder / f"m-{number + 1:05d}-of-00003.gguf").write_bytes(content)


FILES: dict[str, tuple[Callable[[Path], object], int]] = {
    "truncated header": (lambda at: (at / "w").write_bytes(model_bytes()[:100]), 7),
    "truncated weights": (lambda at: (at / "w").write_bytes(model_bytes()[:-1]), 7),
    "2^60 keys": (lambda at: (at / "w").write_bytes(header(0, 1 << 60)), 7),
    "2^60 tensors": (lambda at: (at / "w").write_bytes(header(1 << 60, 0)), 7),
    "a string of 2^60 bytes": (lambda at: (at / "w").write_bytes(header(0, 1) + (1 << 60).to_bytes(8, "little")), 7),
    "no GGUF": (lambda at: (at / "w").write_text("hello"), 7),
    "empty": (lambda at: (at / "w").write_bytes(b""), 7),
    "missing": (lambda _at: None, 4),
    "a folder without weights": (lambda at: (at / "w").mkdir(), 4),
    "a loop of links": (lambda at: (at / "w").symlink_to("w"), 3),
    "a link to nothing": (lambda at: (at / "w").symlink_to("nothing"), 4),
    "a device": (lambda at: os.mkfifo(at / "w"), 3),
}


@pytest.mark.parametrize("case", FILES)
def test_files(tmp_path: Path, case: str) -> None:
    prepare, expected = FILES[case]
    prepare(tmp_path)
    (tmp_path / "Modelfile").write_text("FROM ./w\n")
    said = check("build", "-t", "me/bad", tmp_path, expect=expected)
    assert "FROM ./w" in said
    assert "^" in said
    assert olbuild("ls", "--json").stdout.strip() == "[]"
    olbuild("store", "verify")


@pytest.mark.parametrize(("broken", "expected"), [({"without": 1}, 4), ({"foreign": 2}, 7)])
def test_shards(tmp_path: Path, broken: dict[str, int], expected: int) -> None:
    shards(tmp_path, **broken)
    (tmp_path / "Modelfile").write_text("FROM ./m-00001-of-00003.gguf\n")
    said = check("build", "-t", "me/bad", tmp_path, expect=expected)
    assert "-of-00003" in said


# ── manifests ──


def layout(folder: Path, manifest: bytes, *, media_type: str = MediaType.OCI_MANIFEST) -> Path:
    """Make a layout whose only artifact has these bytes as its manifest."""
    made = Layout(folder / "layout")
    root = Descriptor.of(media_type, manifest)
    made.push(root, BytesContent(manifest))
    made.tag(root, "me/bad:latest")
    return folder / "layout"


MANIFESTS = {
    "not JSON": b"<html>",
    "too deep": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "over 4 MiB": b'{"a":"' + b"x" * (5 << 20) + b'"}',
    "no layers": b"{}",
    "a digest that is none": b'{"config":{"mediaType":"x","digest":"sha256:../../x","size":1},"layers":[]}',
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_manifests(tmp_path: Path, case: str) -> None:
    check("pull", f"oci:{layout(tmp_path, MANIFESTS[case])}:me/bad", expect=7)
    assert olbuild("ls", "--json").stdout.strip() == "[]"
    olbuild("store", "verify")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A good artifact in a layout."""
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\nSYSTEM Be brief.\n")
    olbuild("build", "-t", "me/good", tmp_path)
    olbuild("push", "me/good", f"oci:{tmp_path / 'published'}")
    olbuild("rm", "me/good")
    return tmp_path / "published"


def rewrite(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change the manifest of the only artifact of a layout, digest and all."""
    made = Layout(folder)
    name, root = next(iter(made.names().items()))
    manifest = json.loads(made.fetch(root).read_at(0, root.size))
    change(manifest)
    data = canonical_json(manifest)
    changed = Descriptor.of(root.media_type, data)
    made.push(changed, BytesContent(data))
    made.tag(changed, name)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a\nb"])
def test_a_title_that_leaves_its_folder(published: Path, path: str) -> None:
    def change(manifest: dict[str, object]) -> None:
        layers = manifest["layers"]
        assert isinstance(layers, list)
        layers[0]["annotations"]["org.opencontainers.image.title"] = path
        layers[0]["annotations"]["org.cncf.model.filepath"] = path

    rewrite(published, change)
    check("pull", f"oci:{published}", expect=7)
    check("run", f"oci:{published}", "hello", expect=7)
    assert olbuild("ls", "--json").stdout.strip() == "[]"
    home = Path(os.environ["OLBUILD_HOME"])
    assert not [path for path in (home / "store" / "blobs").rglob("*") if path.is_file()]


def test_bytes_that_do_not_match_their_digest(published: Path) -> None:
    blob = max((published / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.chmod(0o644)
    blob.write_bytes(data)
    said = check("pull", f"oci:{published}", expect=7)
    assert blob.name in said
    olbuild("store", "verify")


@pytest.mark.parametrize(
    ("name", "text"),
    [("index.json", "["), ("index.json", '{"manifests":1}'), ("oci-layout", '{"imageLayoutVersion":"9"}')],
)
def test_a_layout_that_is_none(published: Path, name: str, text: str) -> None:
    (published / name).write_text(text)
    check("pull", f"oci:{published}:me/good", expect=7)


def test_an_index_from_elsewhere_keeps_its_entries(published: Path) -> None:
    index = json.loads((published / "index.json").read_text())
    index["annotations"] = {"com.example": "x"}
    index["manifests"].append(
        {**index["manifests"][0], "annotations": {"com.example.other": "y"}, "platform": {"os": "l"}}
    )
    (published / "index.json").write_text(json.dumps(index))
    olbuild("pull", f"oci:{published}:me/good")
    olbuild("push", "me/good", f"oci:{published}:me/again")
    kept = json.loads((published / "index.json").read_text())
    assert kept["annotations"] == {"com.example": "x"}
    assert index["manifests"][1] in kept["manifests"]


# ── the store ──


def test_a_store_of_a_newer_format(tmp_path: Path) -> None:
    olbuild("ls", "--home", tmp_path / "home")
    (tmp_path / "home" / "state" / "format.json").write_text('{"format":99}')
    said = check("ls", "--home", tmp_path / "home", expect=1)
    assert "newer" in said


def test_a_home_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "home" / "store").mkdir(parents=True)
    (tmp_path / "home" / "store" / "thesis.txt").write_text("mine")
    check("ls", "--home", tmp_path / "home", expect=1)
    assert (tmp_path / "home" / "store" / "thesis.txt").read_text() == "mine"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small file system here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("sizes", [(20_000_000, 1), (5_000_000, 5_000_000)], ids=["one file", "two together"])
def test_no_space_left(small_disk: Path, tmp_path: Path, sizes: tuple[int, int]) -> None:
    for number, size in enumerate(sizes):
        write_large_model(tmp_path / f"{number}.gguf", size, seed=number)
    (tmp_path / "Modelfile").write_text("FROM ./0.gguf\nDRAFT ./1.gguf\n")
    home = small_disk / "home"
    said = check("build", "-t", "me/big", tmp_path, "--home", home, expect=8)
    assert "hint" in said
    assert "weights" not in said  # no work had begun
    assert sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) < 100_000
    olbuild("store", "verify", "--home", home)


def test_a_disk_that_cannot_be_written(small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\n")
    home = small_disk / "home"
    olbuild("build", "-t", "me/small", tmp_path, "--home", home)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert "me/small" in olbuild("ls", "--home", home).stdout
    check("tag", "me/small", "me/other", "--home", home, expect=1)
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\nSYSTEM new\n")
    check("build", "-t", "me/new", tmp_path, "--home", home, expect=1)
    olbuild("store", "verify", "--home", home)


@pytest.mark.parametrize("words", [["\udcff"], ["--system", "\udcff", "hi"]], ids=["question", "system"])
def test_an_argument_that_is_not_utf8(words: list[str]) -> None:
    assert "is not UTF-8" in check("run", "me/none", *words, expect=2)
