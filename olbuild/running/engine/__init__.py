"""The engine: tokens in, text out, behind one port (``port.Engine``); llama.cpp is the one implementation."""
