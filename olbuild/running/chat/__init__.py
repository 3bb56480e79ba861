"""From messages to a prompt: which template, and running it in a sandbox."""

from olbuild.running.chat.prompt import PromptWriter, conversation

__all__ = ["PromptWriter", "conversation"]
