"""Paths from artifacts."""

import pytest

from olbuild.artifact.profiles.paths import check_path, check_unique
from olbuild.core.errors import FormatError


@pytest.mark.parametrize("path", ["a", "model.gguf", "a/b/c.txt", "..a", "a..", "ünï/cödé", "a b", ".hidden", "C"])
def test_a_path_below_the_folder(path: str) -> None:
    assert check_path(path, "here") == path


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "..", "/", "/a", "a/", "a//b", "a/./b", "a/../b", "../a"),
        *("\\a", "a\\b", "C:x", "c:/x"),
        *("a\0b", "a\nb", "a\x7f", "a\u2028b", "a\u200bb", "a\ud800"),
        *("x" * 256, "ü" * 128, "a/" * 2048 + "b"),
    ],
)
def test_a_path_that_is_not(path: str) -> None:
    with pytest.raises(FormatError, match=r"^here is "):
        check_path(path, "here")


def test_paths_that_are_one_file_somewhere() -> None:
    check_unique(["a", "b", "a/b"], "here")
    for twins in (["a", "a"], ["README", "readme"], ["\u00e9", "e\u0301"], ["straße", "STRASSE"]):
        with pytest.raises(FormatError, match="here has two layers for one file"):
            check_unique(twins, "here")
