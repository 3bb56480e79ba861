"""Settings and their origins."""

from pathlib import Path

import pytest

from olbuild.core.config import load_config
from olbuild.core.errors import UsageError


def write(folder: Path, text: str) -> dict[str, str]:
    file = folder / "config.yaml"
    file.write_text(text)
    return {"OLBUILD_CONFIG": str(file), "OLBUILD_HOME": "/from/environment"}


def test_flag_then_environment_then_file_then_default(tmp_path: Path) -> None:
    environment = write(tmp_path, "home: /from/file\ndefault_registry: ghcr.io\nplain_http: [a.example]\n")
    config = load_config({"default_registry": "quay.io"}, environment)
    assert config.default_registry == "quay.io"
    assert config.home == Path("/from/environment")
    assert config.plain_http == ("a.example",)
    assert config.offline is False
    assert {setting.key.name: setting.origin for setting in config} == {
        "home": "environment variable OLBUILD_HOME",
        "default_registry": "command line",
        "ollama_registry": "default",
        "plain_http": str(tmp_path / "config.yaml"),
        "offline": "default",
        "registries": "default",
    }


def test_no_file_is_no_error(tmp_path: Path) -> None:
    config = load_config({}, {"OLBUILD_CONFIG": str(tmp_path / "none.yaml")})
    assert config.default_registry is None
    assert config.ollama_registry == "registry.ollama.ai"


def test_no_lookup_in_ollamas_registry_can_be_said() -> None:
    assert load_config({"ollama_registry": "none"}, {"OLBUILD_CONFIG": "/nowhere"}).ollama_registry is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "not a mapping"),
        ("a: [", "not YAML"),
        ("default_registery: x", "unknown setting"),
        ("offline: maybe", "must be true or false"),
        ("plain_http: x", "must be a list of texts"),
        ("default_registry: 1", "must be text"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load_config({}, write(tmp_path, text))
    assert "config.yaml" in caught.value.message


def test_a_bad_variable_is_named() -> None:
    with pytest.raises(UsageError, match="OLBUILD_OFFLINE"):
        load_config({}, {"OLBUILD_OFFLINE": "perhaps", "OLBUILD_CONFIG": "/nowhere"})
