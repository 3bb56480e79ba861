"""The conformance command: what it prints, and that it can disagree."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from olbuild.core.errors import UsageError
from olbuild.testing.conformance import judge
from olbuild.testing.conformance.__main__ import main

REQUEST: dict[str, Any] = {
    "from": "base", "files": [], "adapters": [], "draft": [], "template": "", "system": "hi", "license": None,
    "messages": None, "parameters": {"temperature": 0.7, "use_mmap": True, "stop": ["x"]}, "renderer": "",
    "parser": "", "requires": "",
}  # fmt: skip
TEXT = "FROM base\nSYSTEM hi\nPARAMETER temperature 0.7\nPARAMETER use_mmap 1\nPARAMETER stop x\n"
ANSWER: dict[str, Any] = {
    "ok": True,
    "commands": [["model", "base"], ["system", "hi"], ["temperature", "0.7"], ["use_mmap", "1"], ["stop", "x"]],
    "formatted": TEXT,
    "request": REQUEST,
}


def line(text: str, answer: dict[str, Any]) -> str:
    return json.dumps({"id": "x1", "b64": base64.b64encode(text.encode()).decode(), "ollama": answer})


def differences(*lines: str) -> list[str]:
    return [difference.what for difference in judge(lines).differences]


def test_agreement() -> None:
    assert differences(line(TEXT, ANSWER)) == []
    assert differences(line("FORM x", {"ok": False, "error": "(line 1): …"})) == []
    no_weights = {"ok": True, "commands": [["model", "."]], "request_error": "no Modelfile or safetensors files found"}
    assert differences(line("FROM .", no_weights)) == []


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({"ok": False, "error": "no FROM line"}, "accepted, not"),
        (ANSWER | {"commands": ANSWER["commands"][:-1]}, "commands"),
        (ANSWER | {"commands": ANSWER["commands"][::-1]}, "commands"),
        (ANSWER | {"formatted": TEXT.strip()}, "formatted"),
        (ANSWER | {"request": REQUEST | {"system": "ho"}}, "system"),
        (ANSWER | {"request": REQUEST | {"files": ["model.gguf"]}}, "files"),
        (ANSWER | {"request": REQUEST | {"parameters": {}}}, "parameters"),
        (ANSWER | {"request": REQUEST | {"parameters": REQUEST["parameters"] | {"use_mmap": 1}}}, "parameters"),
        (
            ANSWER | {"request": REQUEST | {"parameters": REQUEST["parameters"] | {"temperature": 0.70000001}}},
            "parameters",
        ),
        (
            {key: value for key, value in ANSWER.items() if key != "request"} | {"request_error": "no"},
            "request accepted",
        ),
    ],
)
def test_each_part_can_differ(answer: dict[str, Any], what: str) -> None:
    found = differences(line(TEXT, answer))
    assert len(found) == 1
    assert what in found[0]


def test_what_is_refused_can_differ() -> None:
    assert "refused" in differences(line("FORM x", ANSWER))[0]
    bad = {"ok": True, "commands": [["model", "x"], ["nope", "1"]], "request": REQUEST}
    assert "request refused" in differences(line("FROM x\nPARAMETER nope 1", bad))[0]


def test_names_can_differ() -> None:
    answer = {"ok": True, "host": "h.io", "namespace": "n", "model": "m", "tag": "latest"}
    shown = {"string": "h.io/n/m:latest", "short": "h.io/n/m:latest"}
    golden = {"id": "n1", "text": "h.io/n/m", "ollama": answer | shown}
    assert differences(json.dumps(golden)) == []
    assert differences(json.dumps(golden | {"ollama": answer | shown | {"tag": "x"}})) == ["tag 'latest', not 'x'"]
    assert "accepted" in differences(json.dumps(golden | {"ollama": {"ok": False}}))[0]
    assert "refused" in differences(json.dumps(golden | {"text": "a b"}))[0]


def test_the_command_counts_and_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "goldens.jsonl"
    file.write_text(f"{line(TEXT, ANSWER)}\n{line(TEXT, {'ok': False, 'error': 'no'})}\n")
    assert main([str(file)]) == 1
    assert capsys.readouterr().out == "1 agree, 1 differ\nx1: accepted, not 'no'\n"
    file.write_text(line(TEXT, ANSWER))
    assert main([str(file)]) == 0
    assert capsys.readouterr().out == "1 agree, 0 differ\n"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"id": 1}', '{"text": "x", "ollama": {"ok": true, "out": ""}, "family": 1}']
)
def test_what_is_no_golden_is_a_clear_error(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.jsonl").write_text(text)
    assert main([str(tmp_path / "x.jsonl")]) == UsageError.exit_code
    assert capsys.readouterr().err.startswith("error: ")


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "x.jsonl")]) == UsageError.exit_code
    assert main([]) == UsageError.exit_code
    assert "No such file" in capsys.readouterr().err


def portable_line(text: str, out: str) -> str:
    messages = [{"role": "user", "content": "a<b"}]
    return json.dumps({"id": "t1", "text": text, "messages": messages, "ollama": {"ok": True, "out": out}})


def test_portable_templates_are_judged_in_every_runtime(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "templates.jsonl"
    helped = portable_line('{{ range .Messages }}{{ printf "%q" .Content }}{{ end }}', '"a<b"')
    right = portable_line("{{ range .Messages }}{{ json .Content }}{{ end }}", '"a\\u003cb"')
    file.write_text(f"{helped}\n{right}\n")
    assert main(["--portable", str(file)]) == 0
    first, reason, *runtimes = capsys.readouterr().out.splitlines()
    assert first == "1 of 2 distinct templates are portable (50.00%)"
    assert reason == '  t1: printf with such a format: printf "%q" .Content'
    # Those that are not here come last.
    assert {line.partition(":")[0] for line in runtimes} == {
        "Hugging Face, trimming blocks",
        "Hugging Face, not trimming",
        "llama-cpp-python's formatter",
        "llama-server's /apply-template",
    }
    assert runtimes[0].endswith("1 agree (1 byte for byte), 0 differ")
    file.write_text(portable_line("{{ range .Messages }}{{ json .Content }}{{ end }}", '"a"') + "\n")
    assert main(["--portable", str(file)]) == 1
    assert "t1: '\"a\\\\u003cb\"', not '\"a\"'" in capsys.readouterr().out


def test_only_templates_can_be_portable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "names.jsonl"
    file.write_text('{"text": "a", "ollama": {"valid": true}}\n')
    assert main(["--portable", str(file)]) == 2
    assert "goldens of templates" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ('x {"b": 1, "a": "<é>"} y', 'x {"a":"\\u003c\\u00e9\\u003e","b":1} y', True),
        ("[1, 2]", "[2, 1]", False),
        ('{"a": 1}', '{"a": 1.5}', False),
        ("a b", "a  b", False),
        ("<", "\\u003c", True),
        ("0xc000012345", "0xc000000000", True),
        ("[" * 5000, "[" * 5000 + " ", False),
    ],
)
def test_when_two_prompts_are_the_same(first: str, second: str, *, equal: bool) -> None:
    from olbuild.testing.conformance.portable import same

    assert same(first, second) is equal
