"""``olbuild registry-spec validate`` over every example: nothing is wrong with valid ones, something with others."""

import json
from pathlib import Path

import pytest

from olbuild.api.validation import Validated, validate
from olbuild.api.workspace import Workspace
from olbuild.artifact.validation import KINDS
from olbuild.core.errors import NotFoundError
from tests.golden.artifact.cases import EXAMPLES, VALID
from tests.golden.artifact.test_registry_spec import DOCUMENTS, ORIGINS, REASONS

INVALID = EXAMPLES / "invalid"


def checked(path: Path, content: Path | None = None, kind: str | None = None) -> Validated:
    return validate(Workspace(), str(path), content=content, kind=kind)


def test_the_kinds_are_the_documents_that_have_a_schema() -> None:
    assert set(KINDS) == set(DOCUMENTS)


@pytest.mark.parametrize("folder", sorted(VALID.iterdir()), ids=lambda path: path.name)
def test_nothing_is_wrong_with_a_valid_example(folder: Path) -> None:
    found = checked(folder)
    assert found.findings.found == []
    assert all(".gguf: " in missing for missing in found.findings.unchecked)
    for path in folder.glob("*.json"):
        assert checked(path).findings.found == []


@pytest.mark.parametrize("name", REASONS)
def test_something_is_wrong_with_an_invalid_example(name: str) -> None:
    kind = name.partition("-")[0]
    found = checked(INVALID / name, VALID / ORIGINS.get(kind, "assistant"))
    assert found.kind == kind
    assert found.findings.found
    rules = {finding.rule for finding in found.findings.found}
    assert ("schema" in rules) is REASONS[name]["schema"] or name.endswith("-twice.json")  # of keys: no JSON, no schema


def test_everything_is_found_at_once(tmp_path: Path) -> None:
    manifest = json.loads((VALID / "assistant" / "manifest.json").read_text())
    manifest["layers"][1]["annotations"]["dev.olbuild.role"] = "melody"
    manifest["layers"][2]["annotations"]["org.opencontainers.image.title"] = "../x"
    manifest["layers"][3]["mediaType"] = "text/plain"
    manifest["annotations"]["dev.olbuild.colour"] = "blue"
    manifest["annotations"]["org.opencontainers.image.created"] = "yesterday"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    found = checked(tmp_path, VALID / "assistant").findings.found
    prose = " ".join(finding.message for finding in found if finding.rule == "prose")
    for words in ("melody", "../x", "text/plain", "colour", "RFC 3339"):
        assert words in prose
    places = {finding.place.partition(".annotations")[0] for finding in found if finding.rule == "schema"}
    assert {"$.layers[1]", "$.layers[2]", "$.layers[3].mediaType", "$"} <= places


@pytest.mark.parametrize(
    ("name", "kind"),
    [("manifest", "manifest"), ("config", "config"), ("params", "params"), ("messages", "messages")],
)
def test_the_kind_is_seen_from_the_content(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes((VALID / "assistant" / f"{name}.json").read_bytes())
    assert checked(path).kind == kind
    path.write_bytes((VALID / "tested" / "tests.json").read_bytes())
    assert checked(path).kind == "tests"
    path.write_bytes((VALID / "split" / "split.json").read_bytes())
    assert checked(path).kind == "split"
    assert checked(path, kind="messages").findings.found


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a": 1, "a": 2}'])
def test_what_is_no_json_is_one_finding(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(data)
    assert len(checked(path).findings.found) == 1


def test_a_document_that_was_made_to_keep_us_busy_is_cut_short(tmp_path: Path) -> None:
    (tmp_path / "messages.json").write_text(json.dumps([{}] * 100_000))
    found = checked(tmp_path / "messages.json").findings.found
    assert len(found) < 1010
    assert any("the rest is not said" in finding.message for finding in found)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        checked(tmp_path / "none")
    with pytest.raises(NotFoundError, match="no file"):
        checked(tmp_path / "none", kind="manifest")
