"""How much memory a model takes, and where it goes: from its header and from what is free. Pure.

``read_shape`` reads the header, ``predict`` says what a placement takes, ``plan`` chooses one.
"""

from olbuild.running.memory.plan import Plan, plan
from olbuild.running.memory.predict import predict
from olbuild.running.memory.shape import Shape, read_shape
from olbuild.running.memory.wishes import Wishes

__all__ = ["Plan", "Shape", "Wishes", "plan", "predict", "read_shape"]
