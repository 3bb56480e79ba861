"""The families, one a file."""
