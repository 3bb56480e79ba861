"""``olbuild check`` and ``olbuild fmt`` as they are called: files, folders, standard input, exit codes and forms."""

import json
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from olbuild.testing.models import model_bytes
from tests.command import olbuild
from tests.tools import ROOT

CLEAN = "FROM llama3.2:3b\nSYSTEM Be brief.\n"
DOUBTFUL = "from llama3.2:3b\nPARAMETER top_p 90\nPARAMETER temperature 1\nPARAMETER temperature 0.5\n"
MENDED = "FROM llama3.2:3b\nPARAMETER top_p 90\nPARAMETER temperature 0.5\n"
BROKEN = "FROM llama3.2:3b\nSYSTM Be brief.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("Modelfile", CLEAN), ("b/Modelfile.dev", DOUBTFUL), ("b/c/mine.modelfile", BROKEN)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "Modelfile").write_text(BROKEN)
    return tmp_path


def test_folders_files_and_exit_codes(folder: Path) -> None:
    assert olbuild("check", "Modelfile", cwd=folder).stdout == ""
    found = olbuild("check", cwd=folder, expect=3)
    heads = [line for line in found.stdout.splitlines() if line.startswith(("Modelfile", "b/"))]
    assert [head.partition(": ")[0] for head in heads] == [
        "b/Modelfile.dev:1:1",
        "b/Modelfile.dev:2:17",
        "b/Modelfile.dev:3:1",
        "b/c/mine.modelfile:2:1",
    ]
    assert "checked: 3 files, 1 note, 2 warnings, 1 error; --fix mends 2" in found.stderr
    olbuild("check", "--fail-on", "error", "b/Modelfile.dev", cwd=folder)
    olbuild("check", "--fail-on", "error", "b/c/mine.modelfile", cwd=folder, expect=3)
    olbuild("check", "--fail-on", "never", cwd=folder)
    olbuild("check", "--ignore", "OLB331,OLB332", "b/Modelfile.dev", cwd=folder)
    olbuild("check", "--ignore", "OLB331,OLB332", "--fail-on", "note", "b/Modelfile.dev", cwd=folder, expect=3)
    assert "does not exist" in olbuild("check", "nowhere", cwd=folder, expect=4).stderr
    (folder / "empty").mkdir()
    assert "there is no Modelfile" in olbuild("fmt", "empty", cwd=folder, expect=4).stderr
    assert "no rule has a code" in olbuild("check", "--select", "E501", cwd=folder, expect=2).stderr


def test_mending_a_file_keeps_its_mode_and_the_link_to_it(folder: Path) -> None:
    file = folder / "b" / "Modelfile.dev"
    file.chmod(0o640)
    (folder / "link").symlink_to(file)
    left = olbuild("check", "--fix", "link", cwd=folder, expect=3)
    assert "OLB331" in left.stdout
    assert "mended: 2 findings in link" in left.stderr
    assert file.read_text() == MENDED
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert (folder / "link").is_symlink()
    assert sorted(path.name for path in (folder / "b").iterdir()) == ["Modelfile.dev", "c"]


def test_standard_input(folder: Path) -> None:
    found = olbuild("check", "-", stdin=DOUBTFUL, cwd=folder, expect=3)
    assert found.stdout.startswith("standard input:1:1: note[OLB306]")
    mended = olbuild("check", "--fix", "-", stdin=DOUBTFUL, cwd=folder, expect=3)
    assert mended.stdout == MENDED
    assert "OLB331" in mended.stderr
    odd = "FROM x:1\nSYSTEM \N{NO-BREAK SPACE}é\x1b\n".encode()
    assert olbuild("fmt", "-", stdin=odd, environment={"LC_ALL": "C", "PYTHONUTF8": "0"}).stdout.encode() == odd


def test_every_form_is_what_it_claims_to_be(folder: Path) -> None:
    def written(form: str) -> str:
        return olbuild("check", "--format", form, cwd=folder, expect=3).stdout

    schema = json.loads((ROOT / "tests" / "data" / "sarif" / "sarif-schema-2.1.0.json").read_text("utf-8"))
    sarif = json.loads(written("sarif"))
    jsonschema.Draft4Validator(schema).validate(sarif)
    assert [each["ruleId"] for each in sarif["runs"][0]["results"]] == ["OLB306", "OLB331", "OLB332", "OLB101"]
    assert [each["id"] for each in sarif["runs"][0]["tool"]["driver"]["rules"]] == [
        "OLB101",
        "OLB306",
        "OLB331",
        "OLB332",
    ]
    found = json.loads(written("json"))
    assert found["files"] == ["Modelfile", "b/Modelfile.dev", "b/c/mine.modelfile"]
    assert [each["line"] for each in found["findings"]] == [1, 2, 3, 2]
    suites = ET.fromstring(written("junit"))  # noqa: S314 - it was written here
    assert [suite.get("failures") for suite in suites] == ["0", "3", "1"]
    assert written("github").count("\n") == 4


def test_facts_about_a_model_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(model_bytes())
    text = "FROM ./tiny.gguf\nPARAMETER num_ctx 9999999\nADAPTER ./missing.gguf\n"
    found = json.loads(olbuild("check", "--format", "json", "-", stdin=text, cwd=tmp_path, expect=3).stdout)
    assert [each["code"] for each in found["findings"]] == ["OLB113"]
    text = text.replace("ADAPTER ./missing.gguf\n", "")
    found = json.loads(olbuild("check", "--format", "json", "-", stdin=text, cwd=tmp_path, expect=3).stdout)
    assert "OLB333" in [each["code"] for each in found["findings"]]
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF broken")
    assert olbuild("check", "-", stdin=text, cwd=tmp_path).stdout == ""
    (tmp_path / "tiny.gguf").rename(tmp_path / "named")
    assert "note[OLB320]: there is no" in olbuild("check", "-", stdin=text, cwd=tmp_path).stdout
    assert olbuild("check", "-", stdin="FROM named\n", cwd=tmp_path).stdout == ""
    assert "note[OLB311]" in olbuild("check", "-", stdin="FROM name\n", cwd=tmp_path).stdout


def test_explain() -> None:
    told = olbuild("check", "--explain", "olb332").stdout
    assert told.startswith("### OLB332 duplicate-parameter\n")
    assert told == olbuild("check", "--explain", "duplicate-parameter").stdout
    assert "OLB101" in olbuild("check", "--explain", "all").stdout
    assert "no rule OLB999" in olbuild("check", "--explain", "OLB999", expect=2).stderr


def test_fmt(folder: Path) -> None:
    assert olbuild("fmt", "--check", cwd=folder, expect=3).stdout == "b/Modelfile.dev\n"
    assert olbuild("fmt", "--check", "b/Modelfile.dev", cwd=folder, expect=1).stdout == "b/Modelfile.dev\n"
    difference = olbuild("fmt", "--diff", "b/Modelfile.dev", cwd=folder, expect=1).stdout
    assert "-from llama3.2:3b\n+FROM llama3.2:3b\n" in difference
    assert (folder / "b" / "Modelfile.dev").read_text() == DOUBTFUL
    refused = olbuild("fmt", cwd=folder, expect=3)
    assert "formatted: b/Modelfile.dev" in refused.stderr
    assert "b/c/mine.modelfile:2:1: error[OLB101]" in refused.stderr
    assert (folder / "b" / "Modelfile.dev").read_text() == DOUBTFUL.replace("from", "FROM")
    assert (folder / "b" / "c" / "mine.modelfile").read_text() == BROKEN
    olbuild("fmt", "--check", "Modelfile", "b/Modelfile.dev", cwd=folder)
