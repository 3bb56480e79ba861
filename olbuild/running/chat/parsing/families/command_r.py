"""Cohere's Command: a list of actions, between tokens (R7B and later) or behind the word ``Action:`` (R and R+).

Source: docs.cohere.com, "Command R7B" and "Command R" prompt formats; the chat templates of both.
"""

from __future__ import annotations

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.syntax.json_calls import json_calls
from olbuild.running.chat.parsing.syntax.section import Section

COMMAND_R7B = Family(
    name="command-r7b",
    signs=("<|START_ACTION|>",),
    sections=(Section(begins=("<|START_ACTION|>",), item=json_calls, ends=("<|END_ACTION|>",)),),
    controls=("<|START_ACTION|>", "<|END_ACTION|>"),
    dropped=("<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>"),
)
COMMAND_R = Family(
    name="command-r",
    signs=(("Action:", "tool_name"), "<|START_OF_TURN_TOKEN|>"),
    sections=(
        Section(begins=("Action: ```json", "Action:\n```json", "Action:```json"), item=json_calls, ends=("```",)),
    ),
)
