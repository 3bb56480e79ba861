"""Values of Go, and what Go and Ollama do with them: truth, comparison, printing, JSON."""
