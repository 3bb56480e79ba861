"""Every claim of speed as a command that measures olbuild and a peer in the same run and prints the ratio."""

import os

# A program that is installed has its bytecode beside it; without it, half of a short command is compiling.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
