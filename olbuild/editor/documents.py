"""The texts that are open in the editor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from olbuild.editor.text.document import Change, Document
from olbuild.editor.text.positions import Encoding
from olbuild.language.modelfile import Dialect


class Documents:
    """Each open text in its newest version."""

    def __init__(self, dialect: Dialect) -> None:
        """Read all texts in a dialect."""
        self._dialect = dialect
        self._open: dict[str, Document] = {}

    def open(self, uri: str, version: int, text: str, encoding: Encoding, path: str | None) -> None:
        """Take in a text. ``path`` is that of a file, if the URI names one."""
        place = Path(path) if path and uri.startswith("file:") else None
        self._open[uri] = Document.open(uri, version, text, encoding=encoding, path=place, dialect=self._dialect)

    def change(self, uri: str, version: int, changes: Iterable[Change]) -> None:
        """Take in changes of a text that is open; of another one they mean nothing."""
        if uri in self._open:
            self._open[uri] = self._open[uri].changed(version, changes)

    def close(self, uri: str) -> None:
        """Forget a text."""
        self._open.pop(uri, None)

    def get(self, uri: str) -> Document | None:
        """Return the newest version of a text, if it is open."""
        return self._open.get(uri)

    def is_current(self, document: Document) -> bool:
        """Whether a text is open and has not changed since."""
        return self._open.get(document.uri) is document

    def __iter__(self) -> Iterator[Document]:
        """Iterate over all texts."""
        return iter(tuple(self._open.values()))
