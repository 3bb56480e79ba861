"""Files that exist only in a test."""

from collections.abc import Mapping

from olbuild.core.errors import ModelfileError
from olbuild.language.modelfile import Elaborated, elaborate


class Files:
    """Implements ``Reader``."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = files
        self.read_paths: list[str] = []

    def read(self, path: str) -> bytes:
        self.read_paths.append(path)
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory")
        data = self.files[path]
        return data.encode() if isinstance(data, str) else data


def built(
    text: str | bytes,
    files: Mapping[str, str | bytes] | None = None,
    given: Mapping[str, str] | None = None,
    target: str | None = None,
) -> Elaborated:
    """Elaborate a Modelfile that stands beside some files."""
    return elaborate(text, Files(files or {}), given=given, target=target)


def refused(
    text: str | bytes, files: Mapping[str, str | bytes] | None = None, given: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Return codes and places of what is wrong with a Modelfile."""
    try:
        elaborated = built(text, files, given)
    except ModelfileError as error:
        return [(finding.code, finding.span.text) for finding in error.diagnostics]
    return [(finding.code, finding.span.text) for finding in elaborated.warnings]
