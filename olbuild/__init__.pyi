from olbuild.api.loaded import Answer as Answer
from olbuild.api.loaded import Grammar as Grammar
from olbuild.api.loaded import LoadedModel as LoadedModel
from olbuild.api.loaded import load as load

__version__: str
