"""The verbs, for Python users and for the command line: plan, build, push, pull, load and the rest.

Each takes a ``Workspace`` (settings, a listener for progress, the store) and returns data; nothing here prints.
"""
