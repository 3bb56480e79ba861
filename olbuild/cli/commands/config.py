"""``olbuild config``."""

from __future__ import annotations

from olbuild.cli.columns import table
from olbuild.cli.options import Json
from olbuild.cli.session import Session
from olbuild.core.config import config_file
from olbuild.core.keys import Value
from olbuild.core.registries import Registries


def config(session: Session, json: Json = False) -> None:
    """List the settings, and where each comes from.

    An option wins over the environment, that over the configuration file, and that over the default.

    Examples:
        olbuild config
        OLBUILD_OFFLINE=1 olbuild config --json
    """
    if json:
        settings = {
            setting.key.name: {
                "value": _plain(setting.value),
                "origin": setting.origin,
                "variable": setting.key.variable,
                "meaning": setting.key.meaning,
            }
            for setting in session.config
        }
        session.write_json({"file": str(config_file()), "settings": settings})
        return
    rows = [
        (name, shown, setting.origin)
        for setting in session.config
        for name, shown in _rows(setting.key.name, setting.value)
    ]
    session.write_lines(table(("SETTING", "VALUE", "ORIGIN"), rows, session.width))
    session.say(f"configuration file: {config_file()}{'' if config_file().is_file() else ' (there is none)'}")


def _plain(value: Value) -> object:
    if isinstance(value, Registries):
        hosts: dict[str, dict[str, object]] = {host: {} for host in value.written}
        for host, name, each in value:
            hosts[host][name] = each
        return hosts
    return list(value) if isinstance(value, tuple) else value


def _rows(name: str, value: Value) -> list[tuple[str, str]]:
    """Return a line for each value; of registries one for each host and setting."""
    if not isinstance(value, Registries):
        return [(name, _shown(value))]
    return [(f"{name}: {host}: {key}", _shown(_text(each))) for host, key, each in value] or [(name, "-")]


def _text(value: object) -> Value:
    return value if isinstance(value, bool | tuple) else str(value)


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value) or "-"
    return str(value or "-")
