"""From the text that a model writes to content, thoughts and calls, as it comes.

- ``choose_parser`` finds the parser of an answer, ``capabilities`` what a model can be asked for.
- A family (``family``, ``families/``) is made of sections with calls (``syntax/``), which read a ``tape``.
"""

from olbuild.running.chat.parsing.capabilities import capabilities
from olbuild.running.chat.parsing.choose import choose_parser
from olbuild.running.chat.parsing.port import Called, Chosen, Content, OutputParser, Parsed, Thinking, Thought

__all__ = [
    "Called",
    "Chosen",
    "Content",
    "OutputParser",
    "Parsed",
    "Thinking",
    "Thought",
    "capabilities",
    "choose_parser",
]
