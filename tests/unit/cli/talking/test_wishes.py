"""What a person writes about answers."""

from pathlib import Path

import pytest

from olbuild.cli.talking.wishes import read_format, read_think
from olbuild.core.errors import UsageError
from olbuild.running.requests import Grammar

SCHEMA = '{"type": "object"}'


def test_formats(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text(SCHEMA)
    assert read_format("") is None
    assert read_format("json") == Grammar(kind="json")
    assert read_format(SCHEMA) == read_format(str(file)) == Grammar(kind="json_schema", text=SCHEMA)


@pytest.mark.parametrize("text", ["xml", "{", "/", "{" * 100_000, "nowhere.json"])
def test_what_is_no_format(text: str) -> None:
    with pytest.raises(UsageError):
        read_format(text)


def test_a_file_with_something_else_is_no_format(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(UsageError, match="no object"):
        read_format(str(tmp_path / "list.json"))


def test_thinking() -> None:
    assert [read_think(text) for text in ("", "true", "off", "High")] == [True, True, False, "high"]
    with pytest.raises(UsageError):
        read_think("hard")
