"""Reports in each form: valid for whoever reads it, whatever stands in a message or a name."""

import json
import xml.etree.ElementTree as ET

import jsonschema
import pytest

from olbuild.core.records import replace
from olbuild.core.report import (
    About,
    Case,
    Report,
    Result,
    Suite,
    github_commands,
    json_document,
    junit_xml,
    sarif_document,
    suites_of,
)
from olbuild.core.report.sarif import uri
from olbuild.core.text import Diagnostic, Edit, Fix, Source, Span
from tests.tools import ROOT

SCHEMA = json.loads((ROOT / "tests" / "data" / "sarif" / "sarif-schema-2.1.0.json").read_text("utf-8"))
ODD = "a,b:c%\r\n<&\"']]>\x00\x1b\ud800\uffff\U0001f600"
SOURCE = Source("models/Modelfile", "FROM \U0001f600 x\nSYSTEM a\nb")


def result(start: int, end: int, message: str = "a message", fix: Fix | None = None) -> Result:
    span = Span(SOURCE, start, end)
    return Result(name="a-rule", diagnostic=Diagnostic(code="OLB399", message=message, span=span, hint="do"), fix=fix)


REPORT = Report(
    tool="olbuild",
    version="1.2.3",
    rules=(About(code="OLB399", name="a-rule", severity="error", reason="Because.", help="### why"),),
    files=("models/Modelfile", "clean/Modelfile"),
    results=(
        result(5, 6),
        result(9, 19, ODD),
        result(0, 0, fix=Fix(title="add", edits=(Edit(0, 0, "# c\n"), Edit(9, 15, "")))),
        result(0, 0, fix=Fix(title="save", edits=())),
    ),
)


def test_sarif_is_valid() -> None:
    document = json.loads(json.dumps(sarif_document(REPORT)))
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    (run,) = document["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "models/Modelfile"},
        "region": {"startLine": 1, "startColumn": 6, "endLine": 1, "endColumn": 7},
    }
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"][0]["ruleIndex"] == 0
    assert [len(each.get("fixes", [])) for each in run["results"]] == [0, 0, 1, 0]


def test_the_schema_would_see_a_mistake() -> None:
    document = sarif_document(REPORT)
    document["verzion"] = "2.1.0"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate(document)


def test_sarif_of_nothing_is_valid() -> None:
    empty = replace(REPORT, rules=(), results=(), files=())
    jsonschema.Draft4Validator(SCHEMA).validate(sarif_document(empty))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("./a/Modelfile", "a/Modelfile"),
        ("/a b/Modelfile", "file:///a%20b/Modelfile"),
        ("standard input", "standard%20input"),
        ("é%#?", "%C3%A9%25%23%3F"),
    ],
)
def test_names_become_uris(name: str, expected: str) -> None:
    assert uri(name) == expected


def read(document: str) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - it was written here


def test_junit_reads_back() -> None:
    root = read(junit_xml(suites_of(REPORT)))
    assert (root.get("tests"), root.get("failures")) == ("5", "4")
    assert [suite.get("name") for suite in root] == ["models/Modelfile", "clean/Modelfile"]
    cases = list(root.iter("testcase"))
    assert [case.find("failure") is not None for case in cases] == [True] * 4 + [False]
    message = cases[1].find("failure")
    assert message is not None
    assert message.get("message") == "a,b:c%\r\n<&\"']]>\ufffd\ufffd\ufffd\ufffd\U0001f600"


def test_junit_knows_skipped_cases_and_times() -> None:
    cases = (Case(name="a", group="g", seconds=1.5), Case(name="b", group="g", skipped="no engine"))
    root = read(junit_xml([Suite(name="s", cases=cases)]))
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("2", "0", "1")
    assert [case.get("time") for case in root.iter("testcase")] == ["1.500", None]


def test_github_commands_stay_on_one_line() -> None:
    lines = list(github_commands(REPORT))
    assert lines[0] == (
        "::error file=models/Modelfile,line=1,endLine=1,title=OLB399 a-rule,col=6,endColumn=7::a message%0Ahint: do"
    )
    assert all("\n" not in line and "\r" not in line for line in lines)
    assert lines[1].startswith("::error file=models/Modelfile,line=2,endLine=3,title=OLB399 a-rule::a,b:c%25%0D%0A<&")


def test_json_has_everything() -> None:
    document = json.loads(json.dumps(json_document(REPORT)))
    assert document["files"] == ["models/Modelfile", "clean/Modelfile"]
    assert document["findings"][2]["fix"] == {
        "title": "add",
        "edits": [
            {"line": 1, "column": 1, "end_line": 1, "end_column": 1, "text": "# c\n"},
            {"line": 2, "column": 1, "end_line": 2, "end_column": 7, "text": ""},
        ],
    }
    assert document["findings"][0] == {
        "file": "models/Modelfile",
        "line": 1,
        "column": 6,
        "end_line": 1,
        "end_column": 7,
        "code": "OLB399",
        "name": "a-rule",
        "severity": "error",
        "message": "a message",
        "hint": "do",
        "fix": None,
    }
