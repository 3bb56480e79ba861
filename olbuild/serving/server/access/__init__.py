"""Who may ask, and how much: keys."""

from olbuild.serving.server.access.keyring import Keyring
from olbuild.serving.server.access.keys import Key, read_all_keys
from olbuild.serving.server.access.layer import key_layer

__all__ = ["Key", "Keyring", "key_layer", "read_all_keys"]
