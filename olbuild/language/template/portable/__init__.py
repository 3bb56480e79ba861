"""Go templates as portable Jinja2: the same meaning in any runtime that follows Hugging Face."""
