"""What editors need: the language server, and files that are made from the tables of the language."""
