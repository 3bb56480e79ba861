"""Several quantisations under one name: one is taken, and said; all are pushed."""

import json
from pathlib import Path
from typing import Any

import pytest

from olbuild.testing.gguf import gguf_bytes
from olbuild.testing.models import model_metadata, model_tensors
from olbuild.testing.registry import Registry
from tests.command import olbuild

pytestmark = pytest.mark.integration
F16, Q8_0 = 1, 7  # general.file_type


@pytest.fixture
def variants(tmp_path: Path) -> dict[str, str]:
    """Return the digests of two artifacts in the store, ``me/a:f16`` (the larger one) and ``me/a:q8_0``."""
    digests = {}
    for name, kind, tensors in (("F16", F16, model_tensors()), ("Q8_0", Q8_0, model_tensors()[1:])):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "m.gguf").write_bytes(gguf_bytes({**model_metadata(), "general.file_type": kind}, tensors))
        (folder / "Modelfile").write_text("FROM ./m.gguf\n")
        digests[name] = olbuild("build", "-q", "-t", f"me/a:{name.lower()}", folder).stdout.strip()
    return digests


@pytest.fixture
def index(variants: dict[str, str]) -> str:
    """Return the digest of an index of both, ``me/a:all``."""
    assert len(variants) == 2
    return olbuild("index", "create", "-q", "-t", "me/a:all", "me/a:q8_0", "me/a:f16").stdout.strip()


def elsewhere(tmp_path: Path) -> dict[str, str]:
    return {"OLBUILD_HOME": str(tmp_path / "elsewhere")}


def listed(environment: dict[str, str] | None = None) -> dict[str, str]:
    entries: list[dict[str, Any]] = json.loads(olbuild("ls", "--json", environment=environment).stdout)
    return {each["name"]: each["digest"] for each in entries}


def test_the_order_of_the_arguments_does_not_matter(index: str) -> None:
    assert olbuild("index", "create", "-q", "-t", "me/a:b", "me/a:f16", "me/a:q8_0").stdout.strip() == index
    assert olbuild("index", "create", "-q", "-t", "me/a:c", "big=me/a:f16", "me/a:q8_0").stdout.strip() != index
    olbuild("store", "verify")
    assert olbuild("registry-spec", "validate", "me/a:all").stdout == ""


def test_an_index_is_listed_with_what_is_taken_here(index: str, variants: dict[str, str]) -> None:
    table = json.loads(olbuild("index", "ls", "--json", "me/a:all").stdout)
    assert table["digest"] == index
    assert [(each["name"], each["digest"], each["taken"]) for each in table["variants"]] == [
        ("F16", variants["F16"], True),
        ("Q8_0", variants["Q8_0"], False),
    ]
    shown = olbuild("index", "ls", "me/a:all").stdout
    assert "Q8_0" in shown
    assert "taken" in shown
    assert "F16, Q8_0" in olbuild("ls").stdout
    assert "Q8_0" in olbuild("inspect", "me/a:all").stdout


@pytest.mark.parametrize(
    ("options", "taken"), [((), "F16"), (("--variant", "q8_0"), "Q8_0"), (("--variant=F16",), "F16")]
)
def test_a_pull_keeps_the_variant_that_it_takes_under_the_name(
    registry: Registry, index: str, variants: dict[str, str], tmp_path: Path, options: tuple[str, ...], taken: str
) -> None:
    name = f"{registry.host}/me/a:all"
    assert olbuild("push", "-q", "me/a:all", name).stdout.strip() == index
    home = elsewhere(tmp_path)
    finished = olbuild("pull", *options, name, environment=home)
    assert finished.stdout.strip() == variants[taken]
    assert f"variant {taken} of 2" in finished.stderr
    assert listed(home) == {name: variants[taken]}
    olbuild("store", "verify", environment=home)


def test_all_variants_can_be_pulled(registry: Registry, index: str, tmp_path: Path) -> None:
    name, home = f"{registry.host}/me/a:all", elsewhere(tmp_path)
    olbuild("push", "me/a:all", name)
    assert olbuild("pull", "-q", "--variant", "all", name, environment=home).stdout.strip() == index
    assert listed(home) == {name: index}
    olbuild("store", "verify", environment=home)
    assert olbuild("push", "-q", name, environment=home).stdout.strip() == index


def test_an_index_goes_in_parts_and_comes_back_whole(
    registry: Registry, index: str, variants: dict[str, str], tmp_path: Path
) -> None:
    name, home = f"{registry.host}/me/a:all", elsewhere(tmp_path)
    split = olbuild("push", "-q", "--split", "3000", "me/a:all", name).stdout.strip()
    assert split != index
    assert olbuild("registry-spec", "validate", name, environment=home).stdout == ""
    assert olbuild("pull", "-q", "--variant", "F16", name, environment=home).stdout.strip() == variants["F16"]
    assert olbuild("pull", "-q", "--variant", "all", name, environment=home).stdout.strip() == index
    olbuild("store", "verify", environment=home)


def test_from_takes_a_variant_of_an_index_in_the_store_and_in_a_registry(
    registry: Registry, index: str, variants: dict[str, str], tmp_path: Path
) -> None:
    assert index
    name = f"{registry.host}/me/a:all"
    olbuild("push", "me/a:all", name)
    for base, home in (("me/a:all", {}), (name, elsewhere(tmp_path))):
        for options, taken in (((), "F16"), (("--variant", "Q8_0"), "Q8_0")):
            built = olbuild(
                "build", *options, "-t", "me/b", "-f", "-", stdin=f"FROM {base}\nSYSTEM x\n", environment=home
            )
            assert f"variant {taken} of 2" in built.stderr
            child = json.loads(olbuild("inspect", "--json", "me/b", environment=home).stdout)
            assert child["base"]["digest"] == variants[taken]


def test_run_takes_a_variant_and_asks_the_registry_for_another(
    registry: Registry, smollm2: Path, tmp_path: Path
) -> None:
    (tmp_path / "m.gguf").symlink_to(smollm2)
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\nPARAMETER num_predict 4\nPARAMETER temperature 0\n")
    (tmp_path / "Modelfile.brief").write_text("FROM me/long\nPARAMETER num_predict 1\n")
    olbuild("build", "-t", "me/long", tmp_path)
    olbuild("build", "-t", "me/brief", "-f", tmp_path / "Modelfile.brief", tmp_path)
    olbuild("index", "create", "-t", "me/both", "long=me/long", "brief=me/brief")
    answers = {name: olbuild("run", f"me/{name}", "Hi").stdout for name in ("long", "brief")}
    assert olbuild("run", "--variant", "brief", "me/both", "Hi").stdout == answers["brief"]
    name, home = f"{registry.host}/me/both:1", elsewhere(tmp_path)
    olbuild("push", "--split", "60MB", "me/both", name)
    first = olbuild("run", "--variant", "long", name, "Hi", environment=home)
    assert first.stdout == answers["long"]
    assert "variant long of 2" in first.stderr
    second = olbuild("run", "--variant", "brief", name, "Hi", environment=home)
    assert second.stdout == answers["brief"]
    assert "the variant brief" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("index", "create", "-t", "me/x", "me/a:f16", "me/a:f16"), 2, "have the name"),
        (("index", "create", "-t", "me/x", "a=me/a:f16", "b=me/a:f16"), 2, "same artifact"),
        (("index", "create", "-t", "me/x", "me/none"), 4, "me/none"),
        (("index", "ls", "me/a:f16"), 7, "one artifact"),
        (("build", "-f", "Modelfile", "--variant", "Q2_K"), 4, "the variants are F16, Q8_0"),
        (("run", "--variant", "Q2_K", "me/a:all", "x"), 4, "the variants are F16, Q8_0"),
        (("run", "--variant", "Q2_K", "me/a:f16", "x"), 2, "no variant"),
    ],
)
def test_what_cannot_be(index: str, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    assert index
    (tmp_path / "Modelfile").write_text("FROM me/a:all\n")
    failed = olbuild(*arguments, cwd=tmp_path, expect=code)
    assert said in failed.stderr
