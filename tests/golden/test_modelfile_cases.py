"""A folder a case: what a Modelfile means, and all that is said about it."""

import json
from pathlib import Path

import pytest

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile import Modelfile, command, parse, settings

CASES = sorted(path for path in (Path(__file__).parent / "modelfile").iterdir() if path.is_dir())


def findings(case: Path) -> tuple[Modelfile | None, tuple[Diagnostic, ...]]:
    """Return the Modelfile, if it is accepted, and everything that is found."""
    try:
        modelfile = parse((case / "Modelfile").read_bytes())
        settings(modelfile)
    except ModelfileError as error:
        return None, error.diagnostics
    return modelfile, modelfile.warnings


def answers(case: Path) -> dict[str, str]:
    """Return what the answer files hold, by their names."""
    modelfile, found = findings(case)
    texts = {}
    if modelfile is not None:
        commands = [command(each) for each in modelfile.instructions]
        texts["commands.json"] = json.dumps(commands, indent=2, ensure_ascii=False) + "\n"
    if found:
        texts["findings.txt"] = "\n\n".join(finding.render() for finding in found) + "\n"
    return texts


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_a_case(case: Path) -> None:
    kept = {path.name: path.read_text("utf-8") for path in case.iterdir() if path.name != "Modelfile"}
    assert answers(case) == kept


if __name__ == "__main__":
    for each in CASES:
        for name in ("commands.json", "findings.txt"):
            (each / name).unlink(missing_ok=True)
        for name, text in answers(each).items():
            (each / name).write_text(text, "utf-8")
