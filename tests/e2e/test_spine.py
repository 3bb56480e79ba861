"""The walk through the whole house, on a real model and a real registry."""

import re
import shutil
from pathlib import Path
from typing import Literal

import pytest

from olbuild.testing.registry import docker_registry
from tests.command import olbuild
from tests.tools import ROOT, require_program

pytestmark = pytest.mark.integration

QUESTION = "What is the capital of France?"


@pytest.fixture
def base(smollm2: Path, tmp_path: Path) -> None:
    folder = tmp_path / "smollm2"
    shutil.copytree(ROOT / "examples" / "smollm2", folder)
    (folder / smollm2.name).symlink_to(smollm2)
    olbuild("build", "-t", "example/smollm2:135m", folder)


def build(name: str) -> str:
    return olbuild("build", "-q", "-t", name, ROOT / "examples" / "assistant").stdout.strip()


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize("auth", ["none", "htpasswd"])
def test_build_push_wipe_pull_run(tmp_path: Path, auth: Literal["none", "htpasswd"]) -> None:
    require_program("docker-registry")
    with docker_registry(tmp_path / "registry", auth=auth) as registry:
        there = f"{registry.host}/me/assistant:1.0"
        digest = build(there)
        answer = olbuild("run", there, QUESTION).stdout
        assert "Paris" in answer
        if auth == "htpasswd":
            refused = olbuild("push", there, expect=5)
            assert f"olbuild login {registry.host}" in refused.stderr
            login = ("login", registry.host, "--username", registry.username, "--password-stdin")
            olbuild(*login, stdin="wrong", expect=5)
            olbuild(*login, stdin=registry.password)
        olbuild("push", there)
        home = tmp_path / "another home"
        other = {"OLBUILD_HOME": str(home)}
        assert olbuild("pull", "-q", there, environment=other).stdout.strip() == digest
        again = olbuild("run", there, QUESTION, environment=other)
        assert again.stdout == answer
        assert again.stderr == ""
        olbuild("store", "verify", environment=other)


@pytest.mark.usefixtures("base")
def test_a_corrupted_blob_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    require_program("docker-registry")
    with docker_registry(tmp_path / "registry") as registry:
        there = f"{registry.host}/me/assistant:1.0"
        build(there)
        olbuild("push", there)
        weights = max((tmp_path / "registry").rglob("data"), key=lambda path: path.stat().st_size)
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 1
        weights.write_bytes(data)
        other = {"OLBUILD_HOME": str(tmp_path / "another home")}
        refused = olbuild("pull", there, environment=other, expect=7)
        assert re.search(r"sha256:[0-9a-f]{64}", refused.stderr)
        assert olbuild("ls", "-q", environment=other).stdout.strip() == ""
        olbuild("store", "verify", environment=other)
        sizes = [path.stat().st_size for path in (tmp_path / "another home").rglob("*") if path.is_file()]
        assert max(sizes) < weights.stat().st_size


@pytest.mark.usefixtures("base")
def test_a_question_may_come_through_a_pipe() -> None:
    build("me/assistant")
    asked = olbuild("run", "me/assistant", QUESTION).stdout
    assert olbuild("run", "me/assistant", stdin=QUESTION + "\n").stdout == asked
    assert asked.endswith("\n")
    assert asked.count("\n") == 1


@pytest.mark.usefixtures("base")
def test_verbose_adds_figures_on_stderr_only() -> None:
    build("me/assistant")
    plain = olbuild("run", "me/assistant", QUESTION)
    verbose = olbuild("run", "--verbose", "me/assistant", QUESTION)
    assert verbose.stdout == plain.stdout
    assert "tokens" in verbose.stderr
