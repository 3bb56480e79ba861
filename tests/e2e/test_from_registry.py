"""FROM a registry, and run from wherever a model is: pulled when it is missing, never behind the user's back."""

from pathlib import Path

import pytest

from olbuild.testing.models import model_bytes
from olbuild.testing.registry import Registry
from tests.command import olbuild

pytestmark = pytest.mark.integration


@pytest.fixture
def base(registry: Registry, tmp_path: Path) -> str:
    """An artifact that is in the registry and nowhere else."""
    name = f"{registry.host}/me/base:1.0"
    publish(name, tmp_path, "Be brief.")
    olbuild("rm", name)
    return name


def publish(name: str, folder: Path, system: str) -> str:
    (folder / "m.gguf").write_bytes(model_bytes())
    (folder / "Modelfile").write_text(f"FROM ./m.gguf\nSYSTEM {system}\n")
    digest = olbuild("build", "-q", "-t", name, folder).stdout.strip()
    olbuild("push", name)
    return digest


def child(base: str, *options: str, expect: int = 0) -> str:
    return olbuild("build", "-t", "me/child", "-f", "-", *options, stdin=f"FROM {base}\n", expect=expect).stdout.strip()


def test_a_missing_base_is_pulled_and_stays(base: str) -> None:
    digest = child(base)
    assert base in olbuild("ls").stdout
    assert child(base, "--offline") == digest


def test_the_plan_names_the_digest_and_pulls_nothing(base: str) -> None:
    plan = olbuild("build", "--print", "plan", "-f", "-", stdin=f"FROM {base}\n").stdout
    assert "sha256:" in plan
    assert "to do" in plan
    assert base not in olbuild("ls").stdout


@pytest.mark.parametrize(("option", "code"), [("--offline", 2), ("--pull=never", 4)])
def test_nothing_is_asked_when_that_is_forbidden(base: str, option: str, code: int) -> None:
    child(base, option, expect=code)


def test_always_sees_what_changed(base: str, tmp_path: Path) -> None:
    first = child(base)
    (tmp_path / "elsewhere").mkdir()
    elsewhere = {"OLBUILD_HOME": str(tmp_path / "another home")}
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\nSYSTEM Be long.\n")
    olbuild("build", "-t", base, tmp_path, environment=elsewhere)
    olbuild("push", base, environment=elsewhere)
    assert child(base) == first
    assert child(base, "--pull=always") != first


def test_a_pinned_base_is_taken_by_its_digest(base: str) -> None:
    olbuild("pull", base)
    digest = olbuild("ls", "--json").stdout.split('"digest": "')[1].split('"')[0]
    olbuild("rm", base)
    child(f"{base.removesuffix(':1.0')}@{digest}")


def test_a_base_that_is_not_there(registry: Registry) -> None:
    child(f"{registry.host}/me/none:1.0", expect=4)


def test_a_registry_that_is_not_there() -> None:
    child("127.0.0.1:9/me/none:1.0", expect=6)


def test_run_pulls_what_is_missing(registry: Registry, smollm2: Path, tmp_path: Path) -> None:
    name = f"{registry.host}/me/real:1.0"
    (tmp_path / "m.gguf").symlink_to(smollm2)
    modelfile = "FROM ./m.gguf\nPARAMETER num_predict 4\nPARAMETER temperature 0\n"
    (tmp_path / "Modelfile").write_text(modelfile)
    built = olbuild("run", f"{tmp_path}/Modelfile", "Hi").stdout
    olbuild("build", "-t", name, tmp_path)
    olbuild("push", name)
    olbuild("rm", name)
    pulled = olbuild("run", name, "Hi")
    assert pulled.stdout == built
    assert f"{name} is not in the local store" in pulled.stderr
    assert name in olbuild("ls").stdout
