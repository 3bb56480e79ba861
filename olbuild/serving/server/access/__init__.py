"""Who may ask, and how much: keys."""

from olbuild.serving.server.access.keys import Key, read_environment, read_keys
from olbuild.serving.server.access.layer import key_layer

__all__ = ["Key", "key_layer", "read_environment", "read_keys"]
