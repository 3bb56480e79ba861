"""The tests; a package so that a test can import a tool of another folder."""
