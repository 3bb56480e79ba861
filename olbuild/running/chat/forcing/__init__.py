"""Calls of functions that must come: what a model may write, as a grammar in the way of its family."""

from olbuild.running.chat.forcing.calls import force_calls
from olbuild.running.chat.forcing.syntaxes import UNREAD

__all__ = ["UNREAD", "force_calls"]
