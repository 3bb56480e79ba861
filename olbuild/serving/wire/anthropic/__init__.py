"""The Messages API of Anthropic: its requests become ours, and our events become what its clients expect."""
