"""Texts as editors see them: positions in their units, edits, and documents with versions."""
