"""The settings that there are."""

from __future__ import annotations

from olbuild.core.records import Frozen
from olbuild.core.registries import Registries

Value = str | int | bool | tuple[str, ...] | Registries | None


class Key(Frozen, kw_only=True):
    """A setting that exists: its name, what it means, its type by its default, and its environment variable, if any."""

    name: str
    meaning: str
    default: Value
    variable: str | None


KEYS = (
    Key(
        name="home",
        meaning="folder of the local store and of olbuild's own state",
        default="",
        variable="OLBUILD_HOME",
    ),
    Key(
        name="default_registry",
        meaning="registry that a name without a host is pushed to",
        default="",
        variable="OLBUILD_DEFAULT_REGISTRY",
    ),
    Key(
        name="ollama_registry",
        meaning="registry of Ollama's, in which a name without a host is looked up that is not in the store; or none",
        default="registry.ollama.ai",
        variable="OLBUILD_OLLAMA_REGISTRY",
    ),
    Key(
        name="plain_http",
        meaning="hosts that are spoken to without TLS (loopback always is)",
        default=(),
        variable="OLBUILD_PLAIN_HTTP",
    ),
    Key(
        name="offline",
        meaning="never look anything up in a registry",
        default=False,
        variable="OLBUILD_OFFLINE",
    ),
    Key(
        name="keep_alive",
        meaning="how long a server keeps a model after its last request, such as 300, 5m or 1h; negative is for ever",
        default="5m",
        variable="OLLAMA_KEEP_ALIVE",
    ),
    Key(
        name="num_parallel",
        meaning="how many requests of one model a server works on at once; 0 is automatic",
        default=0,
        variable="OLLAMA_NUM_PARALLEL",
    ),
    Key(
        name="context_length",
        meaning="tokens of a context where neither the model nor the request says something; 0 is automatic",
        default=0,
        variable="OLLAMA_CONTEXT_LENGTH",
    ),
    Key(
        name="max_loaded_models",
        meaning="how many models a server has loaded at once; 0 is automatic",
        default=0,
        variable="OLLAMA_MAX_LOADED_MODELS",
    ),
    Key(
        name="max_queue",
        meaning="how many requests may wait for a server's models",
        default=512,
        variable="OLLAMA_MAX_QUEUE",
    ),
    Key(
        name="max_queue_per_client",
        meaning="how many of those may be one client's; 0 is three quarters of them",
        default=0,
        variable="OLBUILD_MAX_QUEUE_PER_CLIENT",
    ),
    Key(
        name="prompt_memory",
        meaning="memory of a server's model for prompts that its cache has no room for, such as 2GiB; or auto",
        default="auto",
        variable="OLBUILD_PROMPT_MEMORY",
    ),
    Key(
        name="cache_type",
        meaning="how keys and values of a context are kept: f16, or q8_0 or q4_0 for more tokens in less memory",
        default="f16",
        variable="OLLAMA_KV_CACHE_TYPE",
    ),
    Key(
        name="flash_attention",
        meaning="whether attention is computed in one piece: on, off or auto",
        default="auto",
        variable="OLLAMA_FLASH_ATTENTION",
    ),
    Key(
        name="registries",
        meaning="timeouts, limits, certificates, proxy and mirrors of registries, by host (docs/registries.md)",
        default=Registries({}),
        variable=None,
    ),
)
