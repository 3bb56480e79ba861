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
        "keep_alive": "default",
        "num_parallel": "default",
        "context_length": "default",
        "max_loaded_models": "default",
        "max_queue": "default",
        "max_queue_per_client": "default",
        "prompt_memory": "default",
        "cache_type": "default",
        "flash_attention": "default",
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
        ("num_parallel: two", "must be a whole number"),
        ("num_parallel: true", "must be a whole number"),
        ("max_queue: -1", "max_queue is no whole number from 0"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load_config({}, write(tmp_path, text))
    assert "config.yaml" in caught.value.message


def test_numbers_and_times_of_a_server_come_from_ollama_s_variables() -> None:
    environment = {"OLBUILD_CONFIG": "/nowhere", "OLLAMA_NUM_PARALLEL": " 4 ", "OLLAMA_KEEP_ALIVE": "-1"}
    config = load_config({}, environment)
    assert config.number("num_parallel") == 4
    assert config.number("max_queue") == 512
    assert config.keep_alive == "-1"
    with pytest.raises(UsageError, match="OLLAMA_MAX_QUEUE='many' is no whole number"):
        load_config({}, {**environment, "OLLAMA_MAX_QUEUE": "many"})


@pytest.mark.parametrize(("text", "size"), [("auto", None), ("0", 0), ("2GiB", 2 << 30)])
def test_memory_for_prompts_is_a_size(text: str, size: int | None) -> None:
    assert load_config({}, {"OLBUILD_CONFIG": "/nowhere", "OLBUILD_PROMPT_MEMORY": text}).prompt_memory == size


def test_what_is_no_size_is_named_with_its_origin() -> None:
    config = load_config({}, {"OLBUILD_CONFIG": "/nowhere", "OLBUILD_PROMPT_MEMORY": "much"})
    with pytest.raises(UsageError, match=r"prompt_memory \(environment variable OLBUILD_PROMPT_MEMORY\): 'much'"):
        _ = config.prompt_memory


def test_a_bad_variable_is_named() -> None:
    with pytest.raises(UsageError, match="OLBUILD_OFFLINE"):
        load_config({}, {"OLBUILD_OFFLINE": "perhaps", "OLBUILD_CONFIG": "/nowhere"})


@pytest.mark.parametrize(
    ("text", "meant"), [("1", True), ("on", True), ("0", False), ("FALSE", False), ("auto", None), ("", None)]
)
def test_flash_attention_by_the_variable(text: str, *, meant: bool | None) -> None:
    config = load_config({}, {"OLBUILD_CONFIG": "/nowhere", "OLLAMA_FLASH_ATTENTION": text})
    assert config.flash_attention is meant


@pytest.mark.parametrize(("text", "meant"), [("on", True), ("off", False), ('"off"', False), ("auto", None)])
def test_flash_attention_by_the_file(tmp_path: Path, text: str, *, meant: bool | None) -> None:
    (tmp_path / "config.yaml").write_text(f"flash_attention: {text}\n")
    assert load_config({}, {"OLBUILD_CONFIG": str(tmp_path / "config.yaml")}).flash_attention is meant


def test_flash_attention_is_no_other_word() -> None:
    config = load_config({}, {"OLBUILD_CONFIG": "/nowhere", "OLLAMA_FLASH_ATTENTION": "maybe"})
    with pytest.raises(UsageError, match=r"flash_attention \(environment variable OLLAMA_FLASH_ATTENTION\) is 'maybe'"):
        _ = config.flash_attention
