"""The keys of a header under the name of its architecture, with llama.cpp's defaults (``load_hparams``)."""

from __future__ import annotations

from olbuild.artifact.weights.gguf import Header

_CONVOLUTION_OF_KIMI = 4


class Keys:
    """Reads ``{architecture}.{key}``. What is missing is 0; what is of a wrong type counts as missing."""

    def __init__(self, header: Header) -> None:
        """Read from the header of the first file, which says what the model is."""
        self._header = header
        self.architecture = header.architecture or ""
        self._arrays: dict[str, tuple[int, ...]] = {}

    def number(self, key: str) -> int:
        """Return a whole number; of an array the largest."""
        value = self._header.metadata.get(f"{self.architecture}.{key}")
        if isinstance(value, int):
            return max(0, int(value))
        return max(self.array(key), default=0)

    def array(self, key: str) -> tuple[int, ...]:
        """Return the numbers of an array, or nothing."""
        if key not in self._arrays:
            name = f"{self.architecture}.{key}"
            place = self._header.arrays.get(name)
            small = place is not None and place.count <= _MOST_NUMBERS
            found = (self._header.array(name) or ()) if small else ()
            self._arrays[key] = tuple(max(0, int(each)) for each in found if isinstance(each, int))
        return self._arrays[key]

    def of_layer(self, key: str, layer: int) -> int:
        """Return what a layer has: of an array its element, else what all have."""
        values = self.array(key)
        return (values[layer] if layer < len(values) else 0) if values else self.number(key)

    def kv_heads(self, layer: int) -> int:
        """Return the heads of keys and values; they are as many as those of queries where nothing is said."""
        name = "attention.head_count_kv"
        said = self.array(name) or f"{self.architecture}.{name}" in self._header.metadata
        return self.of_layer(name if said else "attention.head_count", layer)

    def head_sizes(self, *, windowed: bool) -> tuple[int, int]:
        """Return the lengths of a key and of a value of one head."""
        heads = self.number("attention.head_count")
        usual = self.number("embedding_length") // heads if heads else 0
        sizes = []
        for name in ("attention.key_length", "attention.value_length"):
            own = self.number(f"{name}_swa") if windowed else 0
            sizes.append(own or self.number(name) or usual)
        return sizes[0], sizes[1]

    @property
    def latent(self) -> bool:
        """Whether one latent vector stands for keys and values (DeepSeek's MLA), which has no values of its own."""
        return bool(self.number("attention.key_length_mla") and self.number("attention.value_length_mla"))

    def keeps(self, layer: int) -> bool:
        """Whether a layer keeps something of a token.

        Some layers use what earlier ones keep; those at the end that guess further tokens are not loaded.
        """
        layers = self.number("block_count")
        if self.architecture == "gemma3n":
            return layer < _KEEPING_OF_GEMMA3N
        shared = self.number("attention.shared_kv_layers")
        return layer < layers - shared - self.number("nextn_predict_layers")

    def state(self, heads: int) -> int:
        """Return the numbers that a recurrent layer keeps of a sequence (``n_embd_r`` and ``n_embd_s``)."""
        width, kernel = self.number("embedding_length"), self.number("ssm.conv_kernel")
        if head := self.number("wkv.head_size"):
            return (self.number("token_shift_count") or 2) * width + width * head
        if length := self.number("shortconv.l_cache"):
            return width * (length - 1)
        if head := self.number("kda.head_dim"):
            return 3 * ((kernel or _CONVOLUTION_OF_KIMI) - 1) * heads * head + head * head * heads
        inner, state = self.number("ssm.inner_size"), self.number("ssm.state_size")
        return max(kernel - 1, 0) * (inner + 2 * self.number("ssm.group_count") * state) + state * inner


_MOST_NUMBERS = 4096
_KEEPING_OF_GEMMA3N = 20
