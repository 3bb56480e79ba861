"""``olbuild config``."""

from __future__ import annotations

from olbuild.cli.columns import table
from olbuild.cli.options import Json
from olbuild.cli.session import Session
from olbuild.core.config import Value, config_file


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
                "value": list(setting.value) if isinstance(setting.value, tuple) else setting.value,
                "origin": setting.origin,
                "variable": setting.key.variable,
                "meaning": setting.key.meaning,
            }
            for setting in session.config
        }
        session.write_json({"file": str(config_file()), "settings": settings})
        return
    rows = [(setting.key.name, _shown(setting.value), setting.origin) for setting in session.config]
    session.write_lines(table(("SETTING", "VALUE", "ORIGIN"), rows, session.width))
    session.say(f"configuration file: {config_file()}{'' if config_file().is_file() else ' (there is none)'}")


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value) or "-"
    return value or "-"
