"""A small artifact, whole and split."""

from olbuild.artifact.bundle import Bundle, Metadata
from olbuild.artifact.profiles.modelpack import write
from olbuild.artifact.splitting import hash_parts, split
from olbuild.core.names import Digest, Role
from olbuild.testing.models import model_bytes
from tests.unit.artifact.contents import blob, fetch_from

LIMIT = 2000
MODEL = model_bytes()
WHOLE = write(
    Bundle(
        weights=(blob(Role.WEIGHTS, MODEL),),
        system="Be brief.",
        licenses=("one", "one, too"),
        labels={"org.opencontainers.image.source": "https://example.com/x"},
        metadata=Metadata(architecture="llama"),
    )
)
FETCH = fetch_from(WHOLE)
WEIGHTS = next(node.descriptor for node in WHOLE if node.descriptor.digest == Digest.of(MODEL))
SPLIT = split(WHOLE.root, FETCH, LIMIT, hash_parts)
