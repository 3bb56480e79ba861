"""Direct execution of Go templates, exactly as Ollama executes them."""
