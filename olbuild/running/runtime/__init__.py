"""Engine and scheduler put together: jobs in tokens go in, pieces of text come out."""

from olbuild.running.runtime.llamacpp import LlamaRuntime, load_runtime

__all__ = ["LlamaRuntime", "load_runtime"]
