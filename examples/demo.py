"""The main job from end to end, on a real model: build, serve a registry, push, remove, pull, run, serve, ask again.

Everything happens in a folder that is removed at the end; your own store is not touched.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openai import OpenAI

from examples.smollm2 import cache_folder, fetch

EXAMPLES = Path(__file__).resolve().parent
OLBUILD = Path(sys.executable).with_name("olbuild")
QUESTION = "What is the capital of France?"


def main() -> None:
    """Run the commands one after the other; the first that fails ends the demo with its exit code."""
    model = fetch(cache_folder())
    with tempfile.TemporaryDirectory(prefix="olbuild-demo-") as scratch:
        folder = Path(scratch)
        os.environ["OLBUILD_HOME"] = str(folder / "home")
        base = folder / "smollm2"
        base.mkdir()
        shutil.copy(EXAMPLES / "smollm2" / "Modelfile", base)
        (base / model.name).symlink_to(model)
        os.chdir(folder)

        step("A base artifact from a GGUF file", "build -t example/smollm2:135m smollm2")
        step("An assistant on top of it", f"build -t me/assistant {shlex.quote(str(EXAMPLES / 'assistant'))}")
        with server("A registry, as on another machine", "registry serve --home elsewhere --listen 127.0.0.1:0") as url:
            host = url.removeprefix("http://")
            step("Publish it", f"push me/assistant {host}/me/assistant:1.0")
            step("Forget it locally", "rm me/assistant example/smollm2:135m")
            step("Get it back", f"pull {host}/me/assistant:1.0 me/assistant")
        step("What there is", "ls")
        step("Ask", f"run me/assistant {shlex.quote(QUESTION)}")
        with server("Serve it, with the APIs of OpenAI, Anthropic and Ollama", "serve --port 0") as url:
            call = f"OpenAI(base_url='{url}/v1').chat.completions.create(…)"
            show("Ask again, with OpenAI's client", call, prompt=">>>")
            print(ask(url), flush=True)


@contextmanager
def server(title: str, command: str) -> Iterator[str]:
    """Run a server beside what follows; give its address, which is the first line that it writes."""
    show(title, f"olbuild {command} &")
    with subprocess.Popen([str(OLBUILD), *shlex.split(command)], stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address:
                sys.exit(process.wait() or 1)
            print(address, flush=True)
            yield address
        finally:
            process.terminate()


def ask(url: str) -> str:
    """Ask a server the question, as any program does that was written for OpenAI's."""
    with OpenAI(base_url=f"{url}/v1", api_key="none is needed") as client:
        answer = client.chat.completions.create(model="me/assistant", messages=[{"role": "user", "content": QUESTION}])
    return answer.choices[0].message.content or ""


def step(title: str, command: str) -> None:
    """Show a command as a person would type it, and run it."""
    show(title, f"olbuild {command}")
    finished = subprocess.run([str(OLBUILD), *shlex.split(command)], check=False)
    if finished.returncode:
        sys.exit(finished.returncode)


def show(title: str, what: str, *, prompt: str = "$") -> None:
    """Print what comes next."""
    print(f"\n# {title}\n{prompt} {what}", flush=True)


if __name__ == "__main__":
    main()
