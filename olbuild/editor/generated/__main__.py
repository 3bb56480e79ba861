"""Write the generated files into the repository that is the current folder."""

from __future__ import annotations

import sys
from pathlib import Path

from olbuild.editor.generated.files import FILES


def main() -> int:
    """Write what is not current, and name it."""
    root = Path.cwd()
    if not (root / "registry-spec").is_dir():
        sys.stderr.write("error: this is not the repository of olbuild\nhint: cd to its top folder\n")
        return 2
    for name, make in FILES.items():
        path, text = root / name, make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"written: {name}\n")
    return 0


sys.exit(main())
