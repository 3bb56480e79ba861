"""Addresses of uploads, and places of blobs, as they are kept and as somebody may have left them."""

import json
import os
import time
from pathlib import Path

import pytest

from olbuild.core.content import Descriptor
from olbuild.core.names import Digest, MediaType
from olbuild.storage.registry.hosts import Endpoint
from olbuild.storage.registry.pending import LIFE, claim
from olbuild.storage.registry.places import Places

HERE = Endpoint(name="a.example", authority="a.example", scheme="https")
BLOB = Descriptor(media_type=MediaType.MODEL_WEIGHT, digest=Digest.of(b"x"), size=2 << 20)
ADDRESS = "https://a.example/v2/me/x/blobs/uploads/1?_state=abc"


def test_the_next_process_finds_the_address(tmp_path: Path) -> None:
    with claim(tmp_path, HERE, "me/x", BLOB) as pending:
        assert pending.address == ""
        pending.keep(ADDRESS)
    (file,) = tmp_path.glob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    with claim(tmp_path, HERE, "me/other", BLOB) as pending:
        assert pending.address == ""
    with claim(tmp_path, HERE, "me/x", BLOB) as pending:
        assert pending.address == ADDRESS
        pending.forget()
    assert list(tmp_path.iterdir()) == []


def test_who_comes_second_keeps_nothing(tmp_path: Path) -> None:
    with claim(tmp_path, HERE, "me/x", BLOB) as first, claim(tmp_path, HERE, "me/x", BLOB) as second:
        first.keep(ADDRESS)
        second.keep(ADDRESS + "2")
        second.forget()
    with claim(tmp_path, HERE, "me/x", BLOB) as pending:
        assert pending.address == ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "https://b.example/upload/1",
        "http://a.example/upload/1",
        "https://me:secret@a.example/upload/1",
        "https://a.example/" + "x" * 9000,
        "file:///etc/passwd",
        7,
    ],
)
def test_an_address_that_cannot_be_is_no_address(tmp_path: Path, address: object) -> None:
    with claim(tmp_path, HERE, "me/x", BLOB) as pending:
        pending.keep(ADDRESS)
    (file,) = tmp_path.glob("*.json")
    document = json.loads(file.read_text())
    if isinstance(address, str) and "@" not in address:
        file.write_text(json.dumps({**document, "address": address}))
        with claim(tmp_path, HERE, "me/x", BLOB) as pending:
            assert pending.address == ""
    file.unlink()
    if isinstance(address, str) and len(address) < 100:
        with claim(tmp_path, HERE, "me/x", BLOB) as pending:
            pending.keep(address)
        assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize("at", [0, "now", None, time.time() + 9e9], ids=["old", "text", "nothing", "the future"])
def test_one_that_is_too_old_or_of_no_time(tmp_path: Path, at: object) -> None:
    with claim(tmp_path, HERE, "me/x", BLOB) as pending:
        pending.keep(ADDRESS)
    (file,) = tmp_path.glob("*.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "at": at}))
    with claim(tmp_path, HERE, "me/x", BLOB) as pending:
        assert pending.address == ""


def test_old_files_are_cleared_away(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("{}")
    os.utime(old, (time.time() - LIFE - 5,) * 2)
    with claim(tmp_path, HERE, "me/x", BLOB):
        assert not old.exists()


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (None, tmp_path / "file"):
        with claim(folder, HERE, "me/x", BLOB) as pending:
            pending.keep(ADDRESS)
            assert pending.address == ADDRESS


def test_places_are_kept_newest_first_and_read_strictly(tmp_path: Path) -> None:
    places = Places("a.example:5000", tmp_path)
    for number in range(10):
        places.note(BLOB, f"me/x{number}")
    assert places.find(BLOB.digest)[:2] == ("me/x9", "me/x8")
    assert len(places.find(BLOB.digest)) == 8
    (file,) = (tmp_path / "a.example%3A5000.blobs").iterdir()
    file.write_text(json.dumps({"format": 1, "repositories": ["../x", 7, "me/ok", "A"]}))
    assert places.find(BLOB.digest) == ("me/ok",)
    places.forget()
    assert places.find(BLOB.digest) == Places("a.example:5000").find(BLOB.digest) == ()
