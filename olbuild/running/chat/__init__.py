"""From messages to a prompt: which template, and running it in a sandbox."""

from olbuild.running.chat.choice import Choice, choose_template
from olbuild.running.chat.prompt import PlainMessage, PromptWriter, Think, Tools, conversation

__all__ = ["Choice", "PlainMessage", "PromptWriter", "Think", "Tools", "choose_template", "conversation"]
