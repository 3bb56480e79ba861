"""The local store and OCI image layouts on disk."""

from olbuild.storage.store.collect import Pruned
from olbuild.storage.store.layout import Layout
from olbuild.storage.store.leases import Lease
from olbuild.storage.store.store import Store

__all__ = ["Layout", "Lease", "Pruned", "Store"]
