"""The command line. One file per command; ``table`` lists them; ``main`` loads the one that is asked for."""
