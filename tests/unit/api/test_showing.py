"""A model shown as a Modelfile is built again from it, with the same digest wherever that can be."""

import os
from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build, read_request
from olbuild.api.copying import copy_artifact
from olbuild.api.looking import look
from olbuild.api.showing import Shown, modelfile, show
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles import read_bundle
from olbuild.core.content import Descriptor
from olbuild.testing.models import adapter_bytes, model_bytes, projector_bytes, shard_bytes

BASE = """\
FROM ./m.gguf
TEMPLATE \"\"\"{{ if .System }}{{ .System }}
{{ end }}{{ .Prompt }}\"\"\"
SYSTEM Be brief.
PARAMETER temperature 0.7
PARAMETER stop "<|end|>"
PARAMETER stop " x"
MESSAGE user Hi
MESSAGE assistant \"\"\"Hello,
you.\"\"\"
LICENSE MIT
LABEL org.example.team="A team"
TEST --name=capital --contains=Paris "What is the capital?"
"""
CASES = {
    "everything": BASE,
    "a projector": "FROM ./m.gguf\nFROM ./p.gguf\n",
    "adapters": "FROM ./m.gguf\nADAPTER ./l.gguf\nADAPTER --scale=0.5 ./k.gguf\n",
    "a draft": "FROM ./m.gguf\nDRAFT ./d.gguf\n",
    "shards": "FROM ./s-00001-of-00003.gguf\n",
    "a schema": 'FROM ./m.gguf\nTEST --json-schema=schema.json "Say JSON"\n',
    "quotes": 'FROM ./m.gguf\nSYSTEM """a "quoted" text""""\n',
    "a text that no quotes can hold": "FROM ./m.gguf\nSYSTEM --file=odd.txt\n",
}
CHILDREN = {
    "nothing": "FROM me/base\n",
    "more": 'FROM me/base\nSYSTEM Be long.\nPARAMETER num_ctx 64\nTEST --contains=x "Q?"\nADAPTER ./l.gguf\nLICENSE B',
    "less": "FROM me/base\nUNSET SYSTEM\nUNSET PARAMETER stop\nUNSET LABEL\nUNSET TEST\nUNSET LICENSE\n",
    "other": "FROM me/base\nMESSAGE user Bye\nTEMPLATE {{ .Prompt }}\nPARAMETER stop z\nLABEL org.example.team=b\n",
}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    files = {
        "m": model_bytes(),
        "d": model_bytes(seed=5),
        "l": adapter_bytes(),
        "k": adapter_bytes(9),
        "p": projector_bytes(),
    }
    files |= {f"s-{number:05d}-of-00003": data for number, data in enumerate(shard_bytes(3), 1)}
    for name, data in files.items():
        (tmp_path / f"{name}.gguf").write_bytes(data)
    (tmp_path / "schema.json").write_text('{"type": "object"}')
    (tmp_path / "odd.txt").write_text('x"""\n" """ "\n')
    return Workspace()


def made(workspace: Workspace, text: str, name: str = "me/a") -> Descriptor:
    request = BuildRequest(data=text.encode(), name="Modelfile", folder=Path.cwd())
    return build(workspace, request, (name,)).descriptor


def again(workspace: Workspace, name: str) -> tuple[Shown, Descriptor]:
    shown = modelfile(workspace, *show(workspace, name))
    folder = Path("again")
    folder.mkdir()
    for file, data in {**shown.files, "Modelfile": shown.text.encode()}.items():
        (folder / file).write_bytes(data)
    return shown, build(workspace, read_request(folder)).descriptor


@pytest.mark.parametrize("text", CASES.values(), ids=CASES.keys())
def test_what_was_built_from_files_is_built_again(text: str, workspace: Workspace) -> None:
    root = made(workspace, text)
    shown, rebuilt = again(workspace, "me/a")
    assert shown.losses == ()
    assert rebuilt.digest == root.digest
    assert sorted(shown.files) == {
        "a schema": ["test-1.schema.json"],
        "a text that no quotes can hold": ["system.txt"],
    }.get(next(case for case, each in CASES.items() if each == text), [])


@pytest.mark.parametrize("text", CHILDREN.values(), ids=CHILDREN.keys())
def test_what_has_a_base_is_built_again_from_it(text: str, workspace: Workspace) -> None:
    made(workspace, BASE, "me/base")
    root = made(workspace, text)
    shown, rebuilt = again(workspace, "me/a")
    assert shown.text.startswith("FROM me/base:latest\n")
    assert len(shown.text.splitlines()) <= len(text.splitlines()) + 1
    assert rebuilt.digest == root.digest


def test_a_base_that_moved_on_is_named_by_its_digest(workspace: Workspace) -> None:
    base = made(workspace, BASE, "me/base")
    workspace.store.tag(base, "me/kept")
    root = made(workspace, CHILDREN["more"])
    made(workspace, "FROM ./m.gguf\n", "me/base")
    shown, rebuilt = again(workspace, "me/a")
    assert shown.text.startswith(f"FROM me/base:latest@{base.digest}\n")
    one, other = (read_bundle(each, workspace.store.fetch) for each in (root, rebuilt))
    assert (one.system, one.tests, one.adapters) == (other.system, other.tests, other.adapters)


def test_what_is_in_an_archive_begins_with_itself(workspace: Workspace) -> None:
    root = made(workspace, BASE)
    copy_artifact(workspace, "me/a", "oci-archive:a.tar")
    sight = look(workspace, "oci-archive:a.tar")
    shown = modelfile(workspace, sight, read_bundle(sight.root, sight.holder.fetch))
    assert shown.text.startswith(f"FROM me/a:latest@{root.digest}\n")
    assert "SYSTEM Be brief.\n" in shown.text
    assert "TEST" not in shown.text


def test_what_cannot_be_said_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "SOURCE_DATE_EPOCH", "1")
    Path("Modelfile").write_text("FROM ./m.gguf\n")
    build(workspace, read_request(Path()), ("me/a",))
    shown = modelfile(workspace, *show(workspace, "me/a"))
    assert shown.losses == ("the time of creation, 1970-01-01T00:00:01Z",)
