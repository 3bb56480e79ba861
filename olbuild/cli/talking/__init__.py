"""Conversations with a model: what is typed, what is set, what is answered."""
