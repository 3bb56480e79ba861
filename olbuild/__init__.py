"""olbuild: a Modelfile becomes an artifact, and the artifact a running model.

The floors, in reading order: core, llama, language, artifact, storage, running, building, api, serving, editor,
deploy, testing, cli. High imports low; ``make contracts`` checks it.
"""

__version__ = "0.1.0"
