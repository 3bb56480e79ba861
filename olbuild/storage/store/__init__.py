"""The local store and OCI image layouts on disk."""

from olbuild.storage.store.checking import Problem
from olbuild.storage.store.collect import Pruned
from olbuild.storage.store.importing import Imported
from olbuild.storage.store.layout import Layout
from olbuild.storage.store.leases import Lease
from olbuild.storage.store.store import Store
from olbuild.storage.store.usage import NameUsage, Usage

__all__ = ["Imported", "Layout", "Lease", "NameUsage", "Problem", "Pruned", "Store", "Usage"]
