"""The engine: llama.cpp with many sequences in one context. It does what a step says, and nothing by itself."""
