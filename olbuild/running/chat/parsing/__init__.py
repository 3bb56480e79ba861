"""From the text that a model writes to content, thoughts and calls, as it comes."""

from olbuild.running.chat.parsing.port import Called, Content, OutputParser, Parsed, Thought

__all__ = ["Called", "Content", "OutputParser", "Parsed", "Thought"]
