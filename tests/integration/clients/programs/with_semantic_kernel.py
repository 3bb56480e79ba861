"""What Semantic Kernel makes of a server, by its connectors for Ollama and for OpenAI; ``run.py`` does the checks."""

import asyncio
import sys
from collections.abc import Callable
from typing import Annotated, Any

from openai import AsyncOpenAI
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.ollama import (
    OllamaChatCompletion,
    OllamaChatPromptExecutionSettings,
    OllamaTextEmbedding,
)
from semantic_kernel.connectors.ai.open_ai import (
    OpenAIChatCompletion,
    OpenAIChatPromptExecutionSettings,
    OpenAITextEmbedding,
)
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function

URL, MODEL = sys.argv[1:3]
QUESTION = "What is the capital of France? Answer in one word."


def history(text: str = QUESTION) -> ChatHistory:
    found = ChatHistory()
    found.add_user_message(text)
    return found


def by_openai() -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{URL}/v1", api_key="none", max_retries=0)


def ollama(model: str = MODEL) -> OllamaChatCompletion:
    return OllamaChatCompletion(ai_model_id=model, host=URL)


def openai(model: str = MODEL) -> OpenAIChatCompletion:
    return OpenAIChatCompletion(ai_model_id=model, async_client=by_openai())


OLLAMA = OllamaChatPromptExecutionSettings(options={"temperature": 0, "num_predict": 60})
OPENAI = OpenAIChatPromptExecutionSettings(temperature=0, max_completion_tokens=60)


class Weather:
    """Remembers the cities that it was asked for."""

    def __init__(self) -> None:
        self.cities: list[str] = []

    @kernel_function(name="weather")  # type: ignore[untyped-decorator]
    def weather(self, city: Annotated[str, "Where"]) -> str:
        """Say the weather."""
        self.cities.append(city)
        return "17 degrees"


async def _streamed(service: Any, settings: Any) -> str:  # noqa: ANN401 - of another project
    parts = [part[0].content async for part in service.get_streaming_chat_message_contents(history(), settings)]
    return "".join(parts)


def chat() -> object:
    return str(asyncio.run(ollama().get_chat_message_content(history(), OLLAMA)))


def stream() -> object:
    return asyncio.run(_streamed(ollama(), OLLAMA))


def openai_chat() -> object:
    return str(asyncio.run(openai().get_chat_message_content(history(), OPENAI)))


def openai_stream() -> object:
    return asyncio.run(_streamed(openai(), OPENAI))


def openai_tools() -> object:
    # The kernel runs the function, and sends its result back.
    kernel, plugin = Kernel(), Weather()
    kernel.add_plugin(plugin, plugin_name="sky")
    behaviour = FunctionChoiceBehavior.Required(auto_invoke=True)
    settings = OpenAIChatPromptExecutionSettings(
        temperature=0, max_completion_tokens=60, function_choice_behavior=behaviour
    )
    asked = history("What is the weather in Paris?")
    asyncio.run(openai("smol-tools").get_chat_message_content(asked, settings, kernel=kernel))
    return len(plugin.cities)


def embedded() -> object:
    async def work() -> list[list[int]]:
        texts = ["a cat", "a dog"]
        mine = await OllamaTextEmbedding(ai_model_id="minilm", host=URL).generate_embeddings(texts)
        theirs = await OpenAITextEmbedding(ai_model_id="minilm", async_client=by_openai()).generate_embeddings(texts)
        return [list(mine.shape), list(theirs.shape)]

    return asyncio.run(work())


def missing() -> object:
    try:
        asyncio.run(openai("nothing").get_chat_message_content(history(), OPENAI))
    except Exception as error:  # noqa: BLE001 - whichever class it is
        return "not found" in str(error)
    return None


CHECKS: list[Callable[[], object]] = [
    chat,
    stream,
    openai_chat,
    openai_stream,
    openai_tools,
    embedded,
    missing,
]
