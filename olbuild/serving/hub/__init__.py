"""The registry in the box: the OCI distribution API over the local store."""
