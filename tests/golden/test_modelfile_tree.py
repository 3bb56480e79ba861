"""``olbuild parse --json`` on the goldens and on pieces of them: the schema holds, and so do its places."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from olbuild.core.resources import resource
from olbuild.language.modelfile import Dialect
from olbuild.language.modelfile.decode import decode
from olbuild.language.modelfile.document import tree_document
from olbuild.language.modelfile.printable import is_printable
from tests.tools import ROOT

SCHEMA = json.loads(resource("registry-spec/schemas/modelfile-tree.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
CASES = sorted((ROOT / "tests" / "golden" / "modelfile").glob("*/*odelfile*"))


def goldens(every: int, start: int) -> list[bytes]:
    with (ROOT / "tests" / "golden" / "modelfiles.jsonl").open() as lines:
        return [base64.b64decode(json.loads(line)["b64"]) for line in list(lines)[start::every]]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("start", range(4))
def test_trees_of_goldens_follow_the_schema(start: int) -> None:
    for data in goldens(16, start):
        for dialect in ("olbuild", "ollama"):
            check(data, dialect)


def test_a_tree_is_there_at_every_moment_of_writing() -> None:
    data = b'FROM llama3.2:3b\r\n# why\nPARAMETER stop "<|x|>"\nMESSAGE user Hi \xf0\x9f\x98\x80\nSYSTEM """\na\n"""\n'
    for end in range(len(data) + 1):
        check(data[:end], "olbuild")


def check(data: bytes, dialect: Dialect) -> None:
    document: dict[str, Any] = tree_document(data, dialect=dialect)
    error = next(VALIDATOR.iter_errors(document), None)
    assert error is None, f"{data!r}: {error}"
    text = decode(data)
    after = 0
    for node in document["nodes"]:
        assert after <= node["span"]["start"]["offset"] < node["span"]["end"]["offset"]
        after = node["span"]["end"]["offset"]
    for start, end in spans(document):
        assert 0 <= start["offset"] <= end["offset"] <= len(text)
        before = text[: start["offset"]].replace("\r\n", "\n").replace("\r", "\n")
        if not text[: start["offset"]].endswith("\r"):  # between CR and LF a line has not ended yet
            assert (start["line"], start["column"]) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
    instructions = [node for node in document["nodes"] if node["kind"] == "instruction"]
    for node in instructions:
        span = node["keyword"]["span"]
        written = text[span["start"]["offset"] : span["end"]["offset"]]
        assert "".join(filter(is_printable, written)) == node["keyword"]["text"]


def spans(value: object) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    if isinstance(value, dict):
        if value.keys() == {"start", "end"}:
            yield value["start"], value["end"]
        for each in value.values():
            yield from spans(each)
    elif isinstance(value, list):
        for each in value:
            yield from spans(each)
