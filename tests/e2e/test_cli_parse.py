"""``olbuild parse``: the tree of a Modelfile, for people and for programs."""

import json
from pathlib import Path

from tests.command import olbuild

HALF_WRITTEN = 'FROM llama3.2:3b\n# why\nPARAMETER top_p\nSYSTM x\nMESSAGE User hi\nSYSTEM """\nBe brief.\n'


def test_a_half_written_file_has_a_whole_tree() -> None:
    finished = olbuild("parse", "--json", "-", stdin=HALF_WRITTEN, expect=3)
    document = json.loads(finished.stdout)
    kinds = [node["kind"] for node in document["nodes"]]
    assert kinds == ["instruction", "comment", "incomplete", "stray", "unknown-role", "instruction"]
    assert document["nodes"][-1]["value"] == {
        "text": '"""\nBe brief.\n',
        "quote": '"""',
        "closed": False,
        "span": {"start": {"offset": 70, "line": 6, "column": 8}, "end": {"offset": 84, "line": 8, "column": 1}},
    }
    assert [each["code"] for each in document["diagnostics"]] == ["OLB103", "OLB101", "OLB105", "OLB104"]
    assert document["name"] == "standard input"


def test_people_see_a_table_and_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "Modelfile").write_text(HALF_WRITTEN)
    finished = olbuild("parse", tmp_path, expect=3)
    rows = [line.split(maxsplit=2) for line in finished.stdout.splitlines()]
    assert rows[0] == ["PLACE", "KIND", "TEXT"]
    assert rows[3] == ["3:1", "incomplete", "PARAMETER top_p"]
    assert "error[OLB104]" in finished.stderr


def test_a_good_file_ends_with_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("FROM llama3.2:3b\nSYSTEM Be brief.\n")
    finished = olbuild("parse", "--json", tmp_path / "m")
    assert json.loads(finished.stdout)["diagnostics"] == []
    assert finished.stderr == ""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "does not exist" in olbuild("parse", tmp_path / "none", expect=4).stderr
