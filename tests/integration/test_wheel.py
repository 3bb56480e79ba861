"""The wheel is whole: unpacked far from the repository it still has its grammar and its schemas."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.tools import ROOT

pytestmark = pytest.mark.integration

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
sys.path[:] = [path for path in sys.path if path != sys.argv[2]]
import olbuild
assert olbuild.__file__.startswith(sys.argv[1]), olbuild.__file__
from olbuild.core.resources import resource
from olbuild.language.modelfile import parse
assert str(resource("grammar/modelfile.lark")).startswith(sys.argv[1])
assert str(resource("registry-spec/schemas/manifest.schema.json")).startswith(sys.argv[1])
from olbuild.language.template.families import FAMILIES, WRITTEN_RENDERERS, renderer_template
assert all(family.template for family in FAMILIES) and all(map(renderer_template, WRITTEN_RENDERERS))
print(len(parse(b"FROM x\\nSYSTEM y\\n").instructions))
"""


def test_the_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*build, str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("olbuild-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "unpacked")
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "examples/"))]
    assert "olbuild/py.typed" in names
    run = [sys.executable, "-c", SCRIPT, str(tmp_path / "unpacked"), str(ROOT)]
    finished = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == "2"
