"""From messages to a prompt: which template, and running it in a sandbox."""

from olbuild.running.chat.prompt import PromptWriter, artifact_template, conversation

__all__ = ["PromptWriter", "artifact_template", "conversation"]
