"""Split a GGUF file as llama.cpp's ``gguf-split`` does: the metadata in the first file, tensors in all."""

import struct
from pathlib import Path

from gguf import GGUFReader

_ALIGNMENT = 32
_UINT16, _INT32 = 2, 5


def split(model: Path, folder: Path, count: int) -> list[Path]:
    """Write ``count`` files named as a store names blobs; return them in their order."""
    reader, data = GGUFReader(model), model.read_bytes()
    infos = sorted(reader.tensors, key=lambda tensor: int(tensor.data_offset))
    names = [bytes(tensor.field.parts[1]) for tensor in infos]
    first_info = min(int(tensor.field.offset) for tensor in infos)
    metadata, keys = data[24:first_info], struct.unpack_from("<Q", data, 16)[0]
    paths = []
    for number in range(count):
        chosen = range(number * len(infos) // count, (number + 1) * len(infos) // count)
        header, body = b"", b""
        for index in chosen:
            tensor = infos[index]
            body += b"\0" * (-len(body) % _ALIGNMENT)
            shape = [int(size) for size in tensor.shape]
            header += struct.pack("<Q", len(names[index])) + names[index] + struct.pack("<I", len(shape))
            header += struct.pack(f"<{len(shape)}QIQ", *shape, int(tensor.tensor_type), len(body))
            body += data[int(tensor.data_offset) : int(tensor.data_offset) + int(tensor.n_bytes)]
        about = _number("split.no", _UINT16, number) + _number("split.count", _UINT16, count)
        about += _number("split.tensors.count", _INT32, len(infos))
        own = (metadata, keys) if number == 0 else (b"", 0)
        head = b"GGUF" + struct.pack("<IQQ", 3, len(chosen), own[1] + 3) + own[0] + about + header
        path = folder / f"sha256-{number:064x}"
        path.write_bytes(head + b"\0" * (-len(head) % _ALIGNMENT) + body)
        paths.append(path)
    return paths


def _number(key: str, kind: int, value: int) -> bytes:
    return struct.pack("<Q", len(key)) + key.encode() + struct.pack("<IH" if kind == _UINT16 else "<Ii", kind, value)
