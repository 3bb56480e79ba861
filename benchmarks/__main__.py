"""Run every benchmark: ``python -m benchmarks [NAME …]``."""

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if path.stem not in {"__init__", "__main__", "measure", "clients", "artifacts"}
)


def main() -> None:
    """Run the benchmarks that are named, or all."""
    for name in sys.argv[1:] or NAMES:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
