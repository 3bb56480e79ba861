"""Whether the store, the configuration of registries and Docker's are as they should be. No registry is asked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from olbuild.api.doctor.report import Finding
from olbuild.api.workspace import Workspace
from olbuild.core.config import Config
from olbuild.core.errors import OlbuildError
from olbuild.storage.registry.credentials import auth_files, read_auth_file, section

_LITTLE = 2 << 30
_FILES = ("ca", "client_certificate", "client_key")


def examine_store(workspace: Workspace) -> Iterator[Finding]:
    """Say whether the local store can be used, and has space."""
    home = workspace.config.home
    try:
        names = len(workspace.store.usage().names)
    except OlbuildError as error:
        yield Finding(level="bad", text=error.message, remedy=error.hint or "")
        return
    if not os.access(home, os.W_OK):
        yield Finding(
            level="bad", text=f"the store {home} cannot be written", remedy="change its owner, or set OLBUILD_HOME"
        )
        return
    free = shutil.disk_usage(home).free
    if free < _LITTLE:
        yield Finding(
            level="note",
            text=f"{free / 1e9:.1f} GB are free on the disk of the store",
            remedy="olbuild prune drops what no name needs, or set OLBUILD_HOME to another disk",
        )
    yield Finding(level="good", text=f"the store is in order: {names} name{'' if names == 1 else 's'}, in {home}")


def examine_registries(config: Config) -> Iterator[Finding]:
    """Say what in the settings of registries and of credentials points to something that is not there."""
    found = [*_missing_files(config), *_credentials()]
    yield from found
    if not found:
        yield Finding(level="good", text="the settings of registries and the files of credentials can be read")


def _missing_files(config: Config) -> Iterator[Finding]:
    for host, name, value in config.registries:
        if name in _FILES and isinstance(value, str) and not Path(value).expanduser().is_file():
            yield Finding(
                level="bad",
                text=f"the file {value} is not there, which the setting {name} of the registry {host} names",
                remedy="olbuild config says which file the settings are in",
            )


def _credentials() -> Iterator[Finding]:
    for path in auth_files():
        try:
            document = read_auth_file(path)
        except OlbuildError as error:
            yield Finding(level="bad", text=error.message, remedy=error.hint or "")
            continue
        named = {document.get("credsStore"), *section(document, "credHelpers").values()}
        for helper in sorted(each for each in named if isinstance(each, str) and each):
            program = f"docker-credential-{helper}"
            if shutil.which(program) is None:
                yield Finding(
                    level="bad",
                    text=f"{program} is not on PATH, and {path} names it for credentials",
                    remedy=f"install it, or take it out of {path}",
                )
