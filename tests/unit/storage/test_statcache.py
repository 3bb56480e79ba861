"""The stat cache: what it believes, and that nothing in its folder can harm."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.names import Digest
from olbuild.core.records import replace
from olbuild.storage.store.identity import FileIdentity
from olbuild.storage.store.statcache import StatCache

DIGEST = Digest.of(b"weights")
SECOND = 1_000_000_000
IDENTITY = FileIdentity(device=1, inode=2, size=3, mtime_ns=4, ctime_ns=5)

numbers = st.integers(0, 2**63)
identities = st.builds(FileIdentity, device=numbers, inode=numbers, size=numbers, mtime_ns=numbers, ctime_ns=numbers)


def test_only_the_very_same_identity_is_found(tmp_path: Path) -> None:
    cache = StatCache(tmp_path / "cache")
    assert cache.find(IDENTITY) is None
    cache.record(IDENTITY, DIGEST)
    assert cache.find(IDENTITY) == DIGEST
    for name in FileIdentity.__struct_fields__:
        other = replace(IDENTITY, **{name: getattr(IDENTITY, name) + 1})
        assert cache.find(other) is None, name


@given(entry=st.binary(max_size=300) | st.from_regex(r"\[1, 2, 3, 4, 5(, .*)?\]").map(str.encode))
def test_a_damaged_entry_is_a_miss(entry: bytes, tmp_path_factory: object) -> None:
    folder = tmp_path_factory.mktemp("cache")  # type: ignore[attr-defined]
    cache = StatCache(folder)
    (folder / "1-2").write_bytes(entry)
    assert cache.find(IDENTITY) is None
    cache.record(IDENTITY, DIGEST)
    assert cache.find(IDENTITY) == DIGEST


def test_it_stays_small_and_forgets_the_oldest(tmp_path: Path) -> None:
    cache = StatCache(tmp_path / "cache", most=20)
    for inode in range(100):
        cache.record(replace(IDENTITY, inode=inode), DIGEST)
        assert len(list((tmp_path / "cache").iterdir())) <= 20
    assert cache.find(replace(IDENTITY, inode=99)) == DIGEST
    assert cache.find(replace(IDENTITY, inode=0)) is None


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = StatCache(tmp_path / "file" / "cache")
    cache.record(IDENTITY, DIGEST)
    assert cache.find(IDENTITY) is None


@given(identity=identities, later=st.integers(0, 10 * SECOND))
def test_an_identity_is_racy_until_the_clock_has_moved(identity: FileIdentity, later: int) -> None:
    newest = max(identity.mtime_ns, identity.ctime_ns)
    wait = identity.racy_for_ns(newest + later)
    assert identity.racy_for_ns(newest + later + wait) == 0
    assert (wait == 0) == (identity.racy_for_ns(newest) <= later)
    assert identity.racy_for_ns(newest) > 0


def test_whole_seconds_are_the_mark_of_a_coarse_clock() -> None:
    coarse = replace(IDENTITY, mtime_ns=7 * SECOND, ctime_ns=7 * SECOND)
    fine = replace(IDENTITY, mtime_ns=7 * SECOND, ctime_ns=7 * SECOND + 1)
    assert coarse.racy_for_ns(8 * SECOND)
    assert not fine.racy_for_ns(8 * SECOND)
