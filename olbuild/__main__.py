"""``python -m olbuild``: the same entry as the console script."""

import sys

from olbuild.cli.main import program

if __name__ == "__main__":
    sys.exit(program())
