"""Files beside a Modelfile."""

from __future__ import annotations

import os
from itertools import islice

from olbuild.building.sources.disk import Disk
from olbuild.core.records import Frozen
from olbuild.editor.text.document import Document
from olbuild.language.modelfile import expand_path

_MOST = 500  # entries of one folder that are offered


class Entry(Frozen):
    """A name in a folder."""

    name: str
    is_folder: bool


def files(document: Document, folder: str, *, hidden: bool) -> list[Entry]:
    """Return what is in a folder, relative to the document's, in the order of names; nothing if it cannot be read."""
    try:
        place = expand_path(folder or ".", str(document.folder), Disk())
        with os.scandir(place) as entries:
            found = [
                Entry(entry.name, entry.is_dir())
                for entry in islice(entries, 4 * _MOST)
                if hidden or not entry.name.startswith(".")
            ]
    except (OSError, LookupError, ValueError):
        return []
    own = document.path.name if document.path and place == str(document.folder) else None
    return sorted((each for each in found if each.name != own), key=lambda each: each.name)[:_MOST]
