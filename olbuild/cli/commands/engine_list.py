"""``olbuild engine list``."""

from __future__ import annotations

from olbuild.cli import units
from olbuild.cli.columns import table
from olbuild.cli.commands.engine_install import Cache
from olbuild.cli.options import Json
from olbuild.cli.session import Session


def engine_list(session: Session, cache: Cache = None, json: Json = False) -> None:
    """List the engine that is installed, and those in the cache.

    Examples:
        olbuild engine list
        olbuild engine list --json
    """
    from olbuild.llama.find import find
    from olbuild.llama.install import default_cache
    from olbuild.llama.install.accelerator import built_for
    from olbuild.llama.install.stored import stored_engines
    from olbuild.llama.version import VERSION

    installed, folder = find(), cache or default_cache()
    stored = tuple(stored_engines(folder))
    if json:
        here = None
        if installed is not None:
            here = {
                "version": installed.version,
                "folder": str(installed.folder),
                "built_for": list(built_for(installed.folder)),
                "usable": installed.version == VERSION,
            }
        engines = [
            {"key": one.key, "wheel": str(one.wheel), "size": one.size, "built_for": list(one.built_for)}
            for one in stored
        ]
        session.write_json({"installed": here, "cache": str(folder), "engines": engines})
        return
    rows = []
    if installed is not None:
        rows.append(("(installed)", ", ".join(built_for(installed.folder)), "-", str(installed.folder)))
    rows += [(one.key, ", ".join(one.built_for) or "damaged", units.size(one.size), str(one.wheel)) for one in stored]
    session.write_lines(table(("ENGINE", "BUILT FOR", "SIZE", "PLACE"), rows, session.width))
    if installed is None:
        session.say("no engine is installed: olbuild engine install")
    elif installed.version != VERSION:
        session.warn(f"the installed engine is {installed.version or 'of an unknown version'}, and {VERSION} is needed")
