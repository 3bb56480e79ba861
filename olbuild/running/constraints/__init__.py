"""What holds an answer to a grammar: JSON, JSON Schema, regex and Lark by llguidance, GBNF by llama.cpp."""
