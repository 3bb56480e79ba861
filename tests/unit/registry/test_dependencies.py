"""What the registry client imports is what the package declares: a dependency's dependency may go away."""

import ast
import re
import sys
import tomllib

from olbuild.storage import registry
from tests.tools import ROOT


def test_every_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[<>=\[; ]", line)[0] for line in project["dependencies"]}
    imported = set()
    for path in registry.__path__:
        for file in (ROOT / path).glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported.add((node.module or "").partition(".")[0])
    foreign = imported - sys.stdlib_module_names - {"olbuild"}
    assert "oras" in foreign
    assert foreign <= declared
