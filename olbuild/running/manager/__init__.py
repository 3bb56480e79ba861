"""Many models, each a process of its own: loaded when asked for, kept while there is memory."""
