"""Use a model in a Python program: ask, stream, get JSON, call a tool. `python -m examples.load NAME`."""

import json
import sys

import olbuild

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "country": {"type": "string"}},
    "required": ["city", "country"],
    "additionalProperties": False,
}


def main(name: str) -> None:
    """Load a model, and ask it in several ways."""
    with olbuild.load(name, options={"temperature": 0, "num_predict": 48}) as model:
        print(model.facts.description, "with a context of", model.facts.context, "tokens")

        answer = model.chat("What is the capital of France?")
        print(answer, f"({answer.done.tokens} tokens)")

        for delta in model.stream("Count to three."):
            print(delta.content, end="", flush=True)
        print()

        city = json.loads(model.chat("Name a city and its country.", format=SCHEMA).text)
        print(city["city"], "is in", city["country"])

        conversation = [{"role": "user", "content": "My name is Ada."}]
        conversation.append({"role": "assistant", "content": model.chat(conversation).text})
        conversation.append({"role": "user", "content": "What is my name?"})
        print(model.chat(conversation), f"({model.count(conversation)} tokens were read)")


if __name__ == "__main__":
    main(sys.argv[1])
