"""The language floor: Modelfiles and templates, from text to meaning. Pure, and lark's only door."""
