"""A process around one model. ``python -m olbuild.running.worker`` speaks with its manager over standard input."""
