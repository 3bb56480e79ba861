"""Files of keys, and keys in the environment."""

import hashlib
from pathlib import Path

import pytest

from olbuild.core.errors import NotFoundError, UsageError
from olbuild.serving.server.access import Key, read_all_keys
from olbuild.serving.server.access.keys import read_environment, read_keys

SECRET = "0123456789abcdef-secret"
DIGEST = hashlib.sha256(SECRET.encode()).hexdigest()


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    return file


def test_a_key_may_be_hashed_or_not(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f"""
        [[key]]
        name = "team-a"
        sha256 = "{DIGEST.upper()}"
        requests_per_minute = 60
        parallel = 4
        priority = -3
        private_cache = true
        [[key]]
        name = "b"
        key = "{SECRET}2"
        """,
    )
    first, second = read_keys(file)
    assert first == Key(
        name="team-a", digest=DIGEST, requests_per_minute=60, parallel=4, priority=-3, private_cache=True
    )
    assert second == Key(name="b", digest=hashlib.sha256(f"{SECRET}2".encode()).hexdigest())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[key]\nname = 1",
        "[[key]]\nname = 'a'",
        f"[[key]]\nname = 'a'\nkey = '{SECRET}'\nsha256 = '{DIGEST}'",
        f"[[key]]\nname = 'a'\nkey = '{SECRET}'\npriority = 101",
        f"[[key]]\nname = 'a'\nkey = '{SECRET}'\npriority = true",
        "[[key]]\nname = 'a'\nkey = 'short'",
        "[[key]]\nname = 'a'\nsha256 = 'abc'",
        f"[[key]]\nname = 'a'\nsha256 = '{hashlib.sha256(b'').hexdigest()}'",
        f"[[key]]\nname = 'a b'\nkey = '{SECRET}'",
        f"[[key]]\nname = 'a'\nkey = '{SECRET}'\nparallel = 0",
        f"[[key]]\nname = 'a'\nkey = '{SECRET}'\nunknown = 1",
        f"[[key]]\nname = 'a'\nkey = '{SECRET}'\n[[key]]\nname = 'a'\nkey = '{SECRET}2'",
        f"[[key]]\nname = 'a'\nkey = '{SECRET}'\n[[key]]\nname = 'b'\nsha256 = '{DIGEST}'",
    ],
)
def test_what_is_no_good_is_refused_without_saying_a_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_keys(written(tmp_path, text))
    assert SECRET not in caught.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_keys(tmp_path / "keys.toml")


def test_the_environment() -> None:
    assert read_environment({}) == ()
    found = read_environment({"OLBUILD_API_KEYS": f"{SECRET}, me={SECRET}2"})
    assert [key.name for key in found] == ["key-1", "me"]
    assert found[0].digest == DIGEST
    with pytest.raises(UsageError):
        read_environment({"OLBUILD_API_KEYS": "short"})


def test_a_file_and_the_environment_go_together(tmp_path: Path) -> None:
    file = written(tmp_path, f'[[key]]\nname = "a"\nkey = "{SECRET}"\n')
    assert [key.name for key in read_all_keys({"OLBUILD_API_KEYS": f"b={SECRET}2"}, file)] == ["b", "a"]
    for same in (f"a={SECRET}2", f"b={SECRET}"):
        with pytest.raises(UsageError, match="twice"):
            read_all_keys({"OLBUILD_API_KEYS": same}, file)
    assert read_all_keys({}, None) == ()
