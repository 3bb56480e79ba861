"""The HTTP server: it translates between the APIs of others and what a loaded model is asked, and does no more."""
