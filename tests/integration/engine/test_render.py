"""What ``render`` makes of a header is the prompt that the loaded model is given."""

from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.rendering import renderer
from olbuild.api.running import load
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Message

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "more",
    ["", "SYSTEM Be brief.\n", 'TEMPLATE """{{ bos_token }}|{{ messages }}|{{ eos_token }}"""\nMESSAGE user a\n'],
)
def test_the_prompt_is_the_one_that_run_uses(smollm2: Path, tmp_path: Path, more: str) -> None:
    workspace = Workspace()
    (tmp_path / "model.gguf").symlink_to(smollm2)
    text = f"FROM ./model.gguf\n{more}PARAMETER num_ctx 512\n"
    build(workspace, BuildRequest(data=text.encode(), name="Modelfile", folder=tmp_path), ("me/a",))
    found = renderer(workspace, "me/a")
    prompt = found.render([{"role": "user", "content": "Hi"}])
    with load(workspace, "me/a") as model:
        assert model.prompt([Message(role="user", content="Hi")]) == prompt
