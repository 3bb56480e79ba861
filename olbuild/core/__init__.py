"""The ground floor: values and errors that every other floor shares. Pure, but for ``config`` and ``resources``."""
