"""The TextMate grammar in the engine that VS Code uses."""

import json
import subprocess
from pathlib import Path

import pytest

from olbuild.editor.generated.textmate import textmate_grammar
from olbuild.language.modelfile.reference import INSTRUCTIONS
from tests.integration.editor.node import node_packages
from tests.tools import require_program

pytestmark = pytest.mark.integration

ENGINE = {"vscode-textmate": "9.3.2", "vscode-oniguruma": "2.0.1"}
Line = list[tuple[str, list[str]]]


@pytest.fixture(scope="module")
def engine() -> Path:
    return node_packages("textmate", ENGINE)


def tokenize(engine: Path, text: str, tmp_path: Path) -> list[Line]:
    grammar = tmp_path / "grammar.json"
    grammar.write_text(textmate_grammar())
    script = engine / "tokenize.cjs"
    script.write_text(Path(__file__).with_name("tokenize.cjs").read_text())
    document = json.dumps({"grammar": str(grammar), "lines": text.split("\n")})
    command = [str(require_program("node")), str(script)]
    finished = subprocess.run(command, input=document, capture_output=True, text=True, check=True, timeout=60)
    return [[(part, scopes) for part, scopes in line] for line in json.loads(finished.stdout)]


def scopes(lines: list[Line], line: int, part: str) -> str:
    """Return the scopes of the first token on a line that is, or holds, a text."""
    exact = next((found for text, found in lines[line] if text.strip() == part), None)
    found = exact or next(found for text, found in lines[line] if part in text)
    return " ".join(found)


SAMPLE = '''\
# a comment
from llama3.2:3b
PARAMETER temperature 0.7
PARAMETER mirostat 1
PARAMETER temprature x
PARAMETER use_mmap true
PARAMETER stop "<|im_end|>"
MESSAGE user "Say "hi" ${NAME:-now} and $${NAME}"
SYSTEM """
# no comment
PARAMETER temperature 1
"""
LICENSE say "FROM" here
REQUIRES 0.14.0
'''


def test_the_parts_of_instructions(engine: Path, tmp_path: Path) -> None:
    lines = tokenize(engine, SAMPLE, tmp_path)
    assert "comment.line" in scopes(lines, 0, "# a comment")
    assert "keyword.control.from" in scopes(lines, 1, "from")
    assert "string.unquoted" in scopes(lines, 1, "llama3.2:3b")
    assert "variable.parameter.name" in scopes(lines, 2, "temperature")
    assert "constant.numeric" in scopes(lines, 2, "0.7")
    assert "invalid.deprecated" in scopes(lines, 3, "mirostat")
    assert "variable.other.unknown" in scopes(lines, 4, "temprature")
    assert "constant.language" in scopes(lines, 5, "true")
    assert "string.quoted.double" in scopes(lines, 6, "<|im_end|>")
    assert "support.constant.role" in scopes(lines, 7, "user")
    assert "string.quoted.double" in scopes(lines, 7, 'Say "hi"')
    assert "variable.other.argument" in scopes(lines, 7, "NAME")
    assert "constant.character.escape" in scopes(lines, 7, "$${NAME}")
    assert "keyword.other.requires" in scopes(lines, 13, "REQUIRES")


def test_text_in_quotes_is_text_and_what_follows_is_not(engine: Path, tmp_path: Path) -> None:
    lines = tokenize(engine, SAMPLE, tmp_path)
    for line in (9, 10):
        assert all("string.quoted.triple" in " ".join(found) for _, found in lines[line])
    assert "keyword" not in scopes(lines, 10, "PARAMETER")
    assert "string.unquoted" in scopes(lines, 12, '"FROM"')
    assert "keyword" not in scopes(lines, 12, '"FROM"')


TEMPLATES = '''\
FROM base
TEMPLATE """{{- /* why */ -}}
{{- range $i, $m := .Messages }}<|im_start|>{{ $m.Role }}
{{ if and (eq .Role "user") (lt 1 2) }}{{ .Content | json }}{{ end }}
{% for message in messages %}{{ message['content'] | trim }}{% endfor %}{# done #}
{{ broken "text
"""
PARAMETER seed 1
TEMPLATE {{ .Prompt }} more
TEMPLATE "{{ .Prompt }}"
SYSTEM {{ no template }}
'''


def test_go_and_jinja_inside_of_a_template(engine: Path, tmp_path: Path) -> None:
    lines = tokenize(engine, TEMPLATES, tmp_path)
    assert "comment.block.go" in scopes(lines, 1, "why")
    assert "keyword.control.template" in scopes(lines, 2, "range")
    assert "variable.other.readwrite" in scopes(lines, 2, "$i")
    assert "variable.other.member" in scopes(lines, 2, ".Messages")
    assert "constant.other.control-token" in scopes(lines, 2, "<|im_start|>")
    assert "support.function" in scopes(lines, 3, "eq")
    assert "string.quoted.double.template" in scopes(lines, 3, '"user"')
    assert "constant.numeric" in scopes(lines, 3, "1")
    assert "support.function" in scopes(lines, 3, "json")
    assert "keyword.control" in scopes(lines, 4, "for")
    assert "keyword.operator.word" in scopes(lines, 4, "in")
    assert "support.function" in scopes(lines, 4, "trim")
    assert "comment.block.jinja" in scopes(lines, 4, "done")
    assert "keyword.control" not in scopes(lines, 4, "messages")


def test_an_action_that_never_ends_does_not_leave_the_value(engine: Path, tmp_path: Path) -> None:
    lines = tokenize(engine, TEMPLATES, tmp_path)
    assert "punctuation.definition.string.end" in scopes(lines, 6, '"""')
    assert "keyword.other.parameter" in scopes(lines, 7, "PARAMETER")
    assert "variable.other.member" in scopes(lines, 8, ".Prompt")
    assert "variable.other.member" in scopes(lines, 9, ".Prompt")
    assert "meta.embedded" not in scopes(lines, 10, "{{ no template }}")


EXTENSIONS = """\
ARG size=7b
ARG token
FROM base:${size} AS small
FROM a as b as c
ADAPTER --scale=0.8 ./a.gguf
TEST --name="a b" --contains=Paris "What is --contains=x?"
UNSET PARAMETER stop
QUANTIZE Q4_K_M
LABEL org.example=x=y
SYSTEM --file=prompts/system.md
"""


def test_what_olbuild_adds(engine: Path, tmp_path: Path) -> None:
    lines = tokenize(engine, EXTENSIONS, tmp_path)
    assert "variable.other.definition" in scopes(lines, 0, "size")
    assert "string.unquoted" in scopes(lines, 0, "7b")
    assert "variable.other.definition" in scopes(lines, 1, "token")
    assert "entity.name.type.stage" in scopes(lines, 2, "small")
    assert "keyword.operator.as" in scopes(lines, 2, "AS")
    assert "entity.name.type.stage" in scopes(lines, 3, "c")
    assert "entity.other.attribute-name.flag" in scopes(lines, 4, "--scale")
    assert "string.unquoted.modelfile" in scopes(lines, 4, "./a.gguf")
    assert "string.unquoted.flag" in scopes(lines, 5, "Paris")
    assert "string.quoted.double" in scopes(lines, 5, "What is --contains=x?")
    assert "variable.parameter" in scopes(lines, 6, "stop")
    assert "constant.language" in scopes(lines, 7, "Q4_K_M")
    assert "variable.other.definition" in scopes(lines, 8, "org.example")
    assert "string.unquoted" in scopes(lines, 8, "x=y")
    assert "string.unquoted.flag" in scopes(lines, 9, "prompts/system.md")


def test_the_example_of_each_instruction_has_its_keyword(engine: Path, tmp_path: Path) -> None:
    lines = tokenize(engine, "\n".join(entry.example for entry in INSTRUCTIONS), tmp_path)
    for number, entry in enumerate(INSTRUCTIONS):
        assert lines[number][0][0] == entry.keyword
        assert f"{entry.keyword.lower()}.modelfile" in " ".join(lines[number][0][1])
        assert all(len(found) > 1 for text, found in lines[number] if text.strip())
