"""Jinja templates before they run: how large they may be, what is wrong with them, and where their parts stand."""
