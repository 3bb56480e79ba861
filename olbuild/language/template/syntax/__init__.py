"""The syntax of Go templates: text to nodes."""
