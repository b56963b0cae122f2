"""Starts Frontdesk's programs for a test and stops them with it."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("FRONTDESK_BIN", str(ROOT / "target" / "release" / "frontdesk"))


@contextlib.contextmanager
def started(*args, addresses=1, env=None):
    """Runs `frontdesk ARGS...`; yields the addresses that its first lines name."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-e2e-") as home:
        process = subprocess.Popen(
            [BINARY, *args],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "FRONTDESK_HOME": home, **(env or {})},
        )
        try:
            found = []
            for line in process.stdout:
                match = re.search(r"https?://[\w.:\[\]-]+", line)
                if match:
                    found.append(match.group())
                if len(found) == addresses:
                    break
            assert len(found) == addresses, f"frontdesk {args[0]} ended before it was ready"
            for url in found:
                assert urllib.request.urlopen(f"{url}/readyz").status == 200
            yield found, process
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def post(url, body):
    """Posts JSON and gives the parsed answer, or None where it has no body."""
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


class Steps:
    """Counts named steps; a failed one ends the program with its name."""

    def __init__(self):
        self.done = 0

    def __call__(self, name, work):
        try:
            value = work()
        except BaseException:
            print(f"FAILED {name}")
            raise
        self.done += 1
        return value

    def report(self, title):
        print(f"{title}:\n{self.done} passed, 0 failed")
