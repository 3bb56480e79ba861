"""What CrewAI makes of a server, by the OpenAI API; ``run.py`` does the checks."""

import os
import sys
from collections.abc import Callable

os.environ |= {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false", "OTEL_SDK_DISABLED": "true"}

from crewai import LLM, Agent, Crew, Task

URL, MODEL = sys.argv[1:3]
QUESTION = "What is the capital of France? Answer in one word."


def model(name: str = MODEL) -> LLM:
    return LLM(model=f"openai/{name}", base_url=f"{URL}/v1", api_key="none", temperature=0, max_tokens=60)


def call() -> object:
    return model().call(QUESTION)


def crew() -> object:
    agent = Agent(role="Geographer", goal="Name capitals", backstory="You answer in one word.", llm=model())
    task = Task(description=QUESTION, expected_output="A city", agent=agent)
    result = Crew(agents=[agent], tasks=[task], verbose=False).kickoff()
    return [len(result.raw) > 0, result.token_usage.successful_requests]


def missing() -> object:
    try:
        model("nothing").call(QUESTION)
    except Exception as error:  # noqa: BLE001 - whichever class it is
        return "not found" in str(error)
    return None


CHECKS: list[Callable[[], object]] = [call, crew, missing]
