"""From the text that a model writes to content, thoughts and calls, as it comes."""

from olbuild.running.chat.parsing.port import Called, Chosen, Content, OutputParser, Parsed, Thinking, Thought

__all__ = ["Called", "Chosen", "Content", "OutputParser", "Parsed", "Thinking", "Thought"]
