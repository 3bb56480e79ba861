"""Parts of content, fetched side by side into one file. HTTP is not known here, nor is the store."""

from olbuild.storage.parts.buffers import BLOCK
from olbuild.storage.parts.engine import fetch_parts
from olbuild.storage.parts.follow import Sink
from olbuild.storage.parts.stopping import Crew, Stop, Stopped, current, sleep

__all__ = ["BLOCK", "Crew", "Sink", "Stop", "Stopped", "current", "fetch_parts", "sleep"]
