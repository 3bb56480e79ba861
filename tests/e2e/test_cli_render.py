"""``olbuild render`` as it is called."""

import json
from pathlib import Path

import pytest

from olbuild.testing.models import model_bytes
from tests.command import olbuild

TALK = '[{"role": "user", "content": "Hi \\"Ö\\""}]'
TOOLS = '[{"type": "function", "function": {"name": "f", "parameters": {}}}]'
GO = "{{ range .Messages }}<{{ .Role }}>{{ .Content }}\n{{ end }}{{ if .Think }}<think>{{ end }}{{ len .Tools }}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"talk.json": TALK, "tools.json": TOOLS, "chat.gotmpl": GO}.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_the_prompt_and_nothing_else_is_printed(folder: Path) -> None:
    rendered = olbuild("render", "chat.gotmpl", "--messages", "talk.json", cwd=folder)
    assert (rendered.stdout, rendered.stderr) == ('<user>Hi "Ö"\n0', "")
    piped = olbuild(
        "render", "chat.gotmpl", "-m", "-", "--tools", "tools.json", "--think", "high", stdin=TALK, cwd=folder
    )
    assert piped.stdout == '<user>Hi "Ö"\n<think>1'
    same = olbuild("render", "--jinja", "chat.gotmpl", "-m", "talk.json", "--tools", "tools.json", cwd=folder)
    assert same.stdout == '<user>Hi "Ö"\n1'


def test_an_explanation(folder: Path) -> None:
    lines = olbuild("render", "chat.gotmpl", "-m", "talk.json", "--explain", cwd=folder).stdout.splitlines()
    assert [line.split(maxsplit=3) for line in lines[:4]] == [
        ["CHARACTERS", "PLACE", "WHAT", "TEXT"],
        ["0..1", "1:22", "text", '"<"'],
        ["1..5", "1:26", ".Role", '"user"'],
        ["5..6", "1:34", "text", '">"'],
    ]
    document = json.loads(olbuild("render", "chat.gotmpl", "-m", "talk.json", "--explain", "--json", cwd=folder).stdout)
    assert document["template"] == {"language": "go", "origin": "template"}
    assert document["prompt"] == "".join(part["text"] for part in document["parts"])
    for part in document["parts"]:
        assert document["prompt"][part["start"] : part["end"]] == part["text"]


def test_an_artifact_and_a_modelfile(folder: Path) -> None:
    (folder / "m.gguf").write_bytes(model_bytes())
    (folder / "Modelfile").write_text(f'FROM ./m.gguf\nTEMPLATE """{GO}"""\nSYSTEM Be brief.\n')
    olbuild("build", "-t", "me/a", ".", cwd=folder)
    expected = '<system>Be brief.\n<user>Hi "Ö"\n0'
    for place in ("me/a", "Modelfile", "."):
        assert olbuild("render", place, "-m", "talk.json", cwd=folder).stdout == expected


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("chat.gotmpl",), 2, "missing option '--messages'"),
        (("chat.gotmpl", "-m", "nope.json"), 4, "nope.json does not exist"),
        (("chat.gotmpl", "-m", "tools.json"), 2, "tools.json: $[0].role is missing, and should be text"),
        (("chat.gotmpl", "-m", "talk.json", "--tools", "talk.json"), 2, "talk.json: $[0].function is missing"),
        (("chat.gotmpl", "-m", "-", "--tools", "-"), 2, "cannot both come from standard input"),
        (("chat.gotmpl", "-m", "talk.json", "--think", "much"), 2, "'much' is none of true, false, low"),
        (("bad.gotmpl", "-m", "talk.json"), 3, "bad.gotmpl:1:1: error[OLB151]: this action never ends"),
        (("loop.jinja", "-m", "talk.json"), 7, "the chat template fails in line 1: a number is too large"),
        (("nope", "-m", "talk.json"), 4, "the local store has no artifact 'nope:latest'"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    (folder / "bad.gotmpl").write_text("{{ .Prompt")
    (folder / "loop.jinja").write_text("{% for a in range(10 ** 9) %}{% endfor %}{{ messages }}")
    assert message in olbuild("render", *arguments, cwd=folder, expect=code).stderr
