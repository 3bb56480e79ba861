"""Settings, each with its origin: flag, environment, configuration file, default.

The file is ``config.yaml`` in the platform's configuration folder, or the file that ``OLBUILD_CONFIG`` names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from olbuild.core.errors import UsageError
from olbuild.core.keys import KEYS, Key, Value
from olbuild.core.records import Frozen
from olbuild.core.registries import Registries, read_registries
from olbuild.core.sizes import parse_size


class Setting(Frozen, kw_only=True):
    """A value and where it came from."""

    key: Key
    value: Value
    origin: str


_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class Config:
    """All settings of one run."""

    def __init__(self, settings: Mapping[str, Setting]) -> None:
        """Keep the settings, which cover every key."""
        self._settings = settings

    def __iter__(self) -> Iterator[Setting]:
        """Walk the settings in the order of ``KEYS``."""
        return iter(self._settings.values())

    def setting(self, name: str) -> Setting:
        """Return a setting with its origin."""
        return self._settings[name]

    @property
    def home(self) -> Path:
        """Folder of the store and of the state."""
        return Path(cast("str", self._settings["home"].value)).expanduser().absolute()

    @property
    def default_registry(self) -> str | None:
        """Registry that a name without a host is pushed to."""
        return cast("str", self._settings["default_registry"].value) or None

    @property
    def ollama_registry(self) -> str | None:
        """Host of Ollama's registry, in which a name without a host is looked up; ``None`` if that is not wanted."""
        host = cast("str", self._settings["ollama_registry"].value)
        return None if host in {"", "none"} else host

    @property
    def plain_http(self) -> tuple[str, ...]:
        """Hosts that are spoken to without TLS."""
        return cast("tuple[str, ...]", self._settings["plain_http"].value)

    @property
    def registries(self) -> Registries:
        """What is written about single registries."""
        return cast("Registries", self._settings["registries"].value)

    @property
    def keep_alive(self) -> str:
        """How long a model stays loaded, as a person writes it."""
        return cast("str", self._settings["keep_alive"].value)

    @property
    def prompt_memory(self) -> int | None:
        """Bytes for prompts that the cache of a model has no room for; ``None`` is automatic.

        Raises:
            UsageError: if it is no size.
        """
        setting = self._settings["prompt_memory"]
        try:
            return None if setting.value == "auto" else parse_size(str(setting.value))
        except ValueError as error:
            raise UsageError(f"prompt_memory ({setting.origin}): {error}", hint="write a size, or auto") from None

    @property
    def cache_type(self) -> str:
        """How keys and values are kept; the engine knows the names."""
        return cast("str", self._settings["cache_type"].value)

    @property
    def flash_attention(self) -> bool | None:
        """Whether it is used; ``None`` is automatic.

        Raises:
            UsageError: if it is none of the words.
        """
        setting = self._settings["flash_attention"]
        text = cast("str", setting.value).lower()
        if text != "auto" and text not in _TRUE | _FALSE:
            raise UsageError(f"flash_attention ({setting.origin}) is {text!r}", hint="write on, off or auto")
        return None if text == "auto" else text in _TRUE

    def number(self, name: str) -> int:
        """Return a setting that is a whole number, which is never negative."""
        return cast("int", self._settings[name].value)

    @property
    def offline(self) -> bool:
        """Whether every lookup in a registry is forbidden."""
        return cast("bool", self._settings["offline"].value)

    def speaking_plainly(self, host: str) -> Config:
        """Return the same settings, with one more host that is spoken to without TLS."""
        setting = self._settings["plain_http"]
        added = Setting(key=setting.key, value=(*self.plain_http, host), origin=setting.origin)
        return Config({**self._settings, "plain_http": added})


def config_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the configuration file, whether it exists or not."""
    named = environment.get("OLBUILD_CONFIG")
    if named:
        return Path(named)
    import platformdirs  # noqa: PLC0415 - costs start-up time, and is needed only without the variable

    return Path(platformdirs.user_config_dir("olbuild", appauthor=False)) / "config.yaml"


def load_config(overrides: Mapping[str, Value] | None = None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read all settings. A flag wins over the environment, that over the file, that over the default.

    Raises:
        UsageError: if the file or a variable cannot be understood.
    """
    file = config_file(environment)
    written = _read(file)
    settings: dict[str, Setting] = {}
    for key in KEYS:
        override = (overrides or {}).get(key.name)
        if override == "":
            raise UsageError(f"{key.name} is empty", hint=f"it is the {key.meaning}")
        if override is not None:
            settings[key.name] = Setting(key=key, value=override, origin="command line")
        elif text := environment.get(key.variable or ""):  # an empty variable is an unset one, as XDG has it
            value = _from_text(key, text)
            settings[key.name] = Setting(key=key, value=value, origin=f"environment variable {key.variable}")
        elif key.name in written:
            settings[key.name] = Setting(key=key, value=_from_yaml(key, written[key.name], file), origin=str(file))
        else:
            settings[key.name] = Setting(key=key, value=_default(key), origin="default")
    return Config(settings)


def _default(key: Key) -> Value:
    if key.name != "home":
        return key.default
    import platformdirs  # noqa: PLC0415 - costs start-up time, and is needed only without the variable

    return platformdirs.user_data_dir("olbuild", appauthor=False)


def _read(file: Path) -> dict[str, object]:
    try:
        text = file.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the configuration file {file} cannot be read: {error}") from None
    import yaml  # noqa: PLC0415 - costs start-up time, and is needed only when there is a file

    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date that is none
        raise UsageError(f"the configuration file {file} is not YAML: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise UsageError(f"the configuration file {file} is not a mapping of settings")
    known = {key.name for key in KEYS}
    for name in document:
        if name not in known:
            raise UsageError(
                f"the configuration file {file} has an unknown setting {str(name)!r}",
                hint=f"the settings are {', '.join(sorted(known))}",
            )
    return {str(name): value for name, value in document.items()}


def _from_text(key: Key, text: str) -> Value:
    if isinstance(key.default, bool):
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise UsageError(f"{key.variable}={text!r} is neither true nor false")
    if isinstance(key.default, int):
        return _number(key, text, f"{key.variable}={text!r}")
    if isinstance(key.default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _number(key: Key, text: str, where: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text.strip()) is None:
        raise UsageError(f"{where} is no whole number from 0 to 999999999", hint=f"it is {key.meaning}")
    return int(text)


def _from_yaml(key: Key, value: object, file: Path) -> Value:
    if isinstance(key.default, Registries):
        return read_registries(value, f"{file}: {key.name}")
    if isinstance(key.default, bool) and isinstance(value, bool):
        return value
    if key.default == "auto" and isinstance(value, bool):  # what YAML makes of on and off
        return "on" if value else "off"
    if isinstance(key.default, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(key.default, str) and isinstance(value, str):
        return value
    if type(key.default) is int and type(value) is int:
        return _number(key, str(value), f"{file}: {key.name}")
    wanted = {bool: "true or false", int: "a whole number", tuple: "a list of texts"}.get(type(key.default), "text")
    raise UsageError(f"{file}: {key.name} must be {wanted}")
