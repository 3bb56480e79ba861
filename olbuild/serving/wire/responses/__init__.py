"""The Responses API of OpenAI. Nothing is kept on the server: each request brings its whole conversation."""
