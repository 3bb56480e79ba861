"""The folder of olbuild: made when it is missing, refused when it is another's or of a newer format."""

import json
import threading
from pathlib import Path

import pytest

from olbuild.core.errors import NotFoundError, StoreError
from olbuild.storage.store import Store
from tests.unit.storage.artifacts import put


def test_the_store_is_an_image_layout_and_nothing_else(store: Store) -> None:
    graph = put(store, "seed", "me/assistant:1.0")
    files = {str(path.relative_to(store.home.store)) for path in store.home.store.rglob("*") if path.is_file()}
    blobs = {f"blobs/sha256/{entry.descriptor.digest.hex}" for entry in graph}
    assert files == {"oci-layout", "index.json", *blobs}
    assert json.loads((store.home.store / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    assert sorted(path.name for path in store.home.path.iterdir()) == ["state", "store"]


def test_a_newer_format_is_refused(store: Store) -> None:
    store.home.format.write_text('{"format": 2}')
    with pytest.raises(StoreError, match=r"has format 2, and this olbuild knows formats up to 1") as raised:
        Store.open(store.home.path)
    assert "newer olbuild" in str(raised.value.hint)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "1"}', '{"format": true}', '{"format": 0}', "\xff"])
def test_a_damaged_format_is_refused(text: str, store: Store) -> None:
    store.home.format.write_text(text, "latin-1")
    with pytest.raises(StoreError):
        Store.open(store.home.path)


@pytest.mark.parametrize("place", ["state/theirs", "store/theirs"])
def test_a_folder_of_somebody_else_is_refused_and_left_alone(place: str, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir()
    (tmp_path / place).write_text("theirs")
    with pytest.raises(StoreError, match="was not made by olbuild"):
        Store.open(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / place]


def test_a_file_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file"):
        Store.open(tmp_path / "file")
    with pytest.raises(StoreError, match="cannot be written"):
        Store.open(tmp_path / "file" / "home")


def test_a_store_is_made_only_on_request(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no store"):
        Store.open(tmp_path / "home", create=False)
    assert not (tmp_path / "home").exists()
    Store.open(tmp_path / "home")
    assert Store.open(tmp_path / "home", create=False).names() == {}


def test_content_survives_the_loss_of_the_state(store: Store) -> None:
    graph = put(store, "seed", "one")
    for path in sorted(store.home.state.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    store.home.state.rmdir()
    again = Store.open(store.home.path)
    assert again.resolve("one") == graph.root
    assert again.verify() == ()


def test_many_may_make_it_at_once(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def make() -> None:
        try:
            Store.open(tmp_path / "home")
        except BaseException as error:  # noqa: BLE001 - every failure is one of the test
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Store.open(tmp_path / "home").verify() == ()
