"""What none of the large APIs has: tokens of a text, scores of documents, and code between code."""
