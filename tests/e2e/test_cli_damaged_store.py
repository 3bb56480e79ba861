"""The commands that care for the store, in a store with something in it that is no blob."""

import json
from pathlib import Path

from olbuild.storage.store import Store
from tests.command import olbuild
from tests.unit.storage.artifacts import put


def test_a_folder_in_the_place_of_a_blob_is_found_and_stops_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = Store.open(home)
    graph = put(store, "seed", "me/seed:latest", (b"own",))
    blob = store.layout.blobs.path(graph.nodes[1].descriptor.digest)
    blob.unlink()
    blob.mkdir()
    found = json.loads(olbuild("store", "verify", "--json", "--home", home, expect=7).stdout)["problems"]
    assert {(problem["kind"], problem["subject"]) for problem in found} == {
        ("damaged", str(graph.nodes[1].descriptor.digest)),
        ("incomplete", "me/seed:latest"),
    }
    assert json.loads(olbuild("df", "--json", "--home", home).stdout)["names"][0]["name"] == "me/seed:latest"
    olbuild("prune", "--home", home)
    olbuild("rm", "me/seed", "--home", home)
    assert not store.layout.blobs.sizes()
