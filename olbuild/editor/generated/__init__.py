"""Files of the repository that are made from the tables of the language.

``python -m olbuild.editor.generated`` writes them; a test says when one is not what the tables say.
"""
