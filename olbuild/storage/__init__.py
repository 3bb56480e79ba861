"""Anything that holds a content-addressed graph: memory, an OCI image layout on disk, a registry."""
