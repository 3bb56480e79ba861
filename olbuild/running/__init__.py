"""Run a bundle: devices, the engine, and the way from messages to a prompt to text."""
