"""What a model can run on: processors and memory within the limits of the control group, and llama.cpp's devices."""

from olbuild.running.devices.limits import Cores, free_memory, usable_cores, usable_memory

__all__ = ["Cores", "free_memory", "usable_cores", "usable_memory"]
