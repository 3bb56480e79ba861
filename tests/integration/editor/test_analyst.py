"""The analyst's process: what is given up disturbs nothing, and a process that dies is started again."""

import asyncio
import os
import signal

import pytest

from olbuild.editor.analysis.analyst import Analyst
from olbuild.editor.analysis.messages import Job

pytestmark = pytest.mark.integration


def job(value: int, *, turns: int = 0) -> Job:
    text = f"FROM llama3.2:3b\nPARAMETER top_p {value}\n" + "MESSAGE user a\nMESSAGE assistant b\n" * turns
    return Job(task="check", text=text, name="Modelfile", folder="/", dialect="olbuild")


async def value_found(analyst: Analyst, value: int) -> str:
    answer = await analyst.do(job(value))
    (found,) = [each for each in answer.found if each.code == "OLB331"]
    return found.message


def test_an_answer_is_that_of_its_own_job_whatever_was_given_up_before() -> None:
    async def test() -> None:
        analyst = Analyst()
        try:
            for count in range(30):
                before = [asyncio.create_task(analyst.do(job(99, turns=200 * (count % 3)))) for _ in range(3)]
                await asyncio.sleep(0.003 * count)
                for task in before:
                    task.cancel()
                assert f"{count + 2} is" in await value_found(analyst, count + 2)
                await asyncio.gather(*before, return_exceptions=True)
        finally:
            await analyst.close()

    asyncio.run(test())


def test_a_process_that_dies_is_started_again() -> None:
    async def test() -> None:
        analyst = Analyst()
        try:
            await value_found(analyst, 2)
            assert analyst._process is not None
            first = analyst._process.pid
            os.kill(first, signal.SIGKILL)
            assert "3 is" in await value_found(analyst, 3)
            assert analyst._process.pid != first
        finally:
            await analyst.close()

    asyncio.run(test())
