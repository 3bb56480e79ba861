"""The config blob (ModelPack, ``docs/config.md``; its schema allows no further keys)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import ValidationError, convert

from olbuild.artifact.bundle import Bundle, Metadata
from olbuild.artifact.profiles.modelpack.document import Config, stated
from olbuild.core.content import canonical_json, decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest

_PRECISIONS = {"F32": "float32", "F64": "float64", "F16": "float16", "BF16": "bfloat16"}
_UNQUANTIZED = {precision: name for name, precision in _PRECISIONS.items()}
_SCALES = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12, "Q": 10**15}
_PARAMETER_SIZE = re.compile(r"([0-9]{1,6})(?:\.([0-9]))?([KMBTQ])", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2}")


def encode_config(bundle: Bundle, layers: Sequence[Digest]) -> bytes:
    """Encode the config of a bundle whose layers are raw, so that their digests are their diffIds."""
    metadata = bundle.metadata
    precision = _PRECISIONS.get(metadata.quantization or "")
    inputs = ["text", *(["image"] if metadata.vision else []), *(["audio"] if metadata.audio else [])]
    capabilities: dict[str, Json] = {
        "inputTypes": [*inputs],
        "outputTypes": ["embedding" if metadata.embedding else "text"],
        "languages": [language for language in metadata.languages if _LANGUAGE.fullmatch(language)],
    }
    return canonical_json(
        {
            "descriptor": _without_gaps(
                createdAt=bundle.created,
                family=metadata.architecture,
                name=metadata.name,
                licenses=[*metadata.licenses],
            ),
            "config": _without_gaps(
                architecture=metadata.architecture,
                format="gguf",
                paramSize=parameter_size(metadata.parameters),
                precision=precision,
                quantization=None if precision else metadata.quantization,
                capabilities=_without_gaps(**capabilities),
            ),
            "modelfs": {"type": "layers", "diffIds": [str(digest) for digest in layers]},
        }
    )


def decode_config(data: bytes, layers: Sequence[Digest], where: str) -> Metadata:
    """Decode a config as strictly as its schema, and check it against the layers of the manifest.

    Raises:
        FormatError: if it breaks the schema, or its diffIds are not the layers.
    """
    try:
        config = convert(decode_json(data, where), Config)
    except ValidationError as error:
        raise FormatError(f"{where}: {error}") from None
    if config.modelfs.diff_ids != tuple(map(str, layers)):
        raise FormatError(f"{where}: $.modelfs does not list the layers of the manifest, in their order")
    model, capabilities = config.config, config.config.capabilities
    return Metadata(
        architecture=stated(model.architecture),
        name=stated(config.descriptor.name),
        parameters=_parameters(stated(model.param_size), where),
        quantization=stated(model.quantization) or _UNQUANTIZED.get(stated(model.precision) or ""),
        licenses=config.descriptor.licenses,
        languages=capabilities.languages,
        embedding="embedding" in capabilities.output_types,
        vision="image" in capabilities.input_types,
        audio="audio" in capabilities.input_types,
    )


def parameter_size(parameters: int | None) -> str | None:
    """Write a number of parameters as ModelPack does, to one digit behind the point: ``134.5M``.

    ``None`` for a number that rounds to nothing, or is beyond quadrillions.
    """
    for letter, scale in _SCALES.items():
        tenths = ((parameters or 0) * 10 + scale // 2) // scale
        if 0 < tenths < 10_000:  # noqa: PLR2004 - three digits before the point
            whole, fraction = divmod(tenths, 10)
            return f"{whole}.{fraction}{letter}" if fraction else f"{whole}{letter}"
    return None


def _parameters(text: str | None, where: str) -> int | None:
    if text is None:
        return None
    match = _PARAMETER_SIZE.fullmatch(text)
    if match is None:
        raise FormatError(f"{where}: $.config.paramSize is {text[:100]!r}, which is not a size such as 134.5M")
    whole, fraction, letter = match.groups()
    return (int(whole) * 10 + int(fraction or 0)) * _SCALES[letter.upper()] // 10


def _without_gaps(**fields: Json) -> dict[str, Json]:
    """Leave out what is not known."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}
