"""What LangChain makes of a server; ``run.py`` does the checks."""

import sys
from collections.abc import Callable

from langchain_ollama import ChatOllama, OllamaEmbeddings, OllamaLLM

URL, MODEL = sys.argv[1:3]
QUESTION = "What is the capital of France? Answer in one word."
SCHEMA = {"title": "city", "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
model = ChatOllama(model=MODEL, base_url=URL, temperature=0, num_predict=16)


def chat() -> object:
    return model.invoke([("human", QUESTION)]).content


def stream() -> object:
    return "".join(part.content for part in model.stream([("human", QUESTION)]))


def batch() -> object:
    return [answer.content for answer in model.batch([QUESTION] * 4)]


def generate() -> object:
    return len(OllamaLLM(model=MODEL, base_url=URL, temperature=0, num_predict=8).invoke("Hi")) > 0


def schema() -> object:
    longer = ChatOllama(model=MODEL, base_url=URL, temperature=0, num_predict=60)
    return sorted(longer.with_structured_output(SCHEMA, method="json_schema").invoke(QUESTION))


def weather(city: str) -> str:
    """Say the weather."""
    return f"17 degrees in {city}"


def called() -> object:
    caller = ChatOllama(model="smol-tools", base_url=URL, temperature=0, num_predict=60).bind_tools([weather])
    return [[call["name"], call["args"]] for call in caller.invoke("What is the weather in Paris?").tool_calls]


def embedded() -> object:
    vectors = OllamaEmbeddings(model="minilm", base_url=URL).embed_documents(["a cat", "a dog"])
    return [len(vector) for vector in vectors]


def missing() -> object:
    try:
        ChatOllama(model="nothing", base_url=URL).invoke("Hi")
    except Exception as error:  # noqa: BLE001 - whichever class it is
        return "not found" in str(error)
    return None


CHECKS: list[Callable[[], object]] = [chat, stream, batch, generate, schema, called, embedded, missing]
