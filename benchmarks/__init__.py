"""Every claim of speed as a command that measures olbuild and a peer in the same run and prints the ratio."""
