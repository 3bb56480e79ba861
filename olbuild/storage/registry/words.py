"""Text from a registry, on its way to a terminal."""

_LONGEST = 300


def printable(text: str) -> str:
    """Make foreign text fit for one line of a terminal."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
