"""The ways in which calls are written, each a reader."""
