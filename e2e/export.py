"""Exports of a whole workspace, killed and not: same rows, within the allowance, small, and readable by others.

`python export.py` copies 2,000 conversations; `python export.py 50000` is the whole proof at the sandbox's default rate
limit, some 6 minutes, and some more for the run that is killed.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import duckdb
import pyarrow.dataset

from bucket import bucket
from programs import BINARY, Steps, started

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
LONG = COUNT >= 5_000
SEED = int(os.environ.get("SEED", "20"))
# Calls that the sandbox allows in a minute, and so in ten seconds. RATE lets a slow machine keep up.
RATE = int(os.environ.get("RATE", "10000"))
WINDOW = RATE // 6
KILLS = 10
MEMORY = 150

step = Steps()
dice = random.Random(SEED)


def environment(home, url, **more):
    """The environment of a command with its state in `home`."""
    told = {"FRONTDESK_HOME": str(home), "INTERCOM_BASE_URL": url, "INTERCOM_ACCESS_TOKEN": "sandbox-token"}
    return {**os.environ, **told, **more}


def export(home, url):
    """Starts an export into `home`."""
    return subprocess.Popen(
        [BINARY, "export", "conversations", "--to", str(home / "out"), "--threads", "--format", "parquet"],
        env=environment(home, url),
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process):
    """Waits for the end; gives its code, what it said, and its largest memory in MB."""
    memory = 0
    while process.poll() is None:
        memory = max(memory, peak(process.pid))
        time.sleep(0.02)
    said = process.stdout.read().strip()
    process.stdout.close()
    return process.returncode, said, memory


def peak(pid):
    """What the kernel counts since the program began; a child's `ru_maxrss` would hold its parent's."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0


def rows(home):
    """The digest of each row by its id; an id that is there twice is a fault."""
    table = duckdb.sql(f"select id, raw from '{home}/out/conversations/part-*.parquet'").fetchall()
    digests = {id: hashlib.sha256(raw.encode()).hexdigest() for id, raw in table}
    assert len(digests) == len(table), f"{len(table) - len(digests)} rows are there twice"
    return digests


def whole(home, url):
    begun = time.monotonic()
    code, said, memory = finish(export(home, url))
    assert code == 0, code
    print(f"{said}\n{time.monotonic() - begun:.0f} s, {memory:.0f} MB at most")
    assert memory < MEMORY, f"{memory:.0f} MB"
    assert len(rows(home)) == COUNT
    return time.monotonic() - begun


def windows(url):
    """Every window between the first and the last is used, and nothing was refused."""
    summary = json.load(urllib.request.urlopen(f"{url}/__sandbox/requests?summary=1"))
    assert summary["limited"] == 0, f"{summary['limited']} answers were 429"
    full = [window["requests"] for window in summary["windows"][1:-1]]
    print(f"{summary['total']} calls, {len(full)} full windows, the least used: {100 * min(full) / WINDOW:.1f} %, no 429")
    assert min(full) >= 0.95 * WINDOW, full


def killed(home, url, took):
    """Ten times killed at moments of the dice's choice, then left alone."""
    kills = early = 0
    while kills < KILLS:
        process = export(home, url)
        # A long one is still at work after all ten; a short one spends most of its time on starting.
        time.sleep(dice.uniform(0.05, (1.2 if LONG else 2) * took / KILLS))
        memory = peak(process.pid)
        process.send_signal(signal.SIGKILL)
        code, _, _ = finish(process)
        assert memory < MEMORY, f"{memory:.0f} MB"
        if code == 0:
            # It was done before: what is left to be killed is the check for changes.
            early += 1
            assert early < KILLS, "the export is done before it can be killed ten times"
        kills += code != 0
    code, said, _ = finish(export(home, url))
    assert code == 0, code
    print(f"killed {kills} times (seed {SEED}), then: {said}")
    assert f" {COUNT} new" not in said, "nothing that was read before a kill was kept"


def current(home, url):
    code, said, _ = finish(export(home, url))
    assert code == 0, code
    print(said)


def opened(home):
    """By the two readers that people use."""
    table = pyarrow.dataset.dataset(str(home / "out" / "conversations"), format="parquet").to_table()
    assert table.num_rows == COUNT
    assert str(table.schema.field("created_at").type) == "timestamp[ms, tz=UTC]", table.schema
    closed = sum(1 for state in table["state"].to_pylist() if state == "closed")
    query = f"select count(*) filter (state = 'closed'), year(min(created_at)), count(distinct id) from '{home}/out/conversations/*.parquet'"
    counted, earliest, ids = duckdb.sql(query).fetchall()[0]
    assert counted == closed and ids == COUNT and earliest >= 2020, (counted, closed, ids, earliest)
    parts = json.loads(table["raw"][0].as_py())["conversation_parts"]["conversation_parts"]
    assert isinstance(parts, list)
    print(f"pyarrow {pyarrow.__version__} and DuckDB {duckdb.__version__} read {COUNT} rows, {closed} of them closed")


def asked(home, url):
    """The archive answers."""
    def insight(*question):
        command = [BINARY, "insight", "--json", *question]
        # It reads the archive alone: no token, no Intercom.
        env = {name: value for name, value in environment(home, url).items() if not name.startswith("INTERCOM_")}
        said = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
        return json.loads(said.stdout)["items"]

    assert sum(row["conversations"] for row in insight("stats", "--by", "state")) == COUNT
    hit = insight("search", "refund")[0]
    assert len(insight("similar", hit["id"])) > 0
    assert insight("unanswered", "--limit", "5")[0]["hours"] >= 0


def main():
    limit = ["--rate-limit", str(RATE if LONG else 100_000_000)]
    with started("sandbox", "--listen", "127.0.0.1:0", "--scale", str(COUNT), *limit) as ((url,), _):
        with tempfile.TemporaryDirectory(prefix="frontdesk-export-") as folder:
            once, often = pathlib.Path(folder) / "once", pathlib.Path(folder) / "often"
            once.mkdir()
            often.mkdir()
            took = step("an export that nobody disturbs", lambda: whole(once, url))
            if LONG:
                step("every window is used", lambda: windows(url))
            step("an export that is killed ten times", lambda: killed(often, url, took))
            # A snoozed conversation may have woken up between the two.
            step("both are brought up to date", lambda: [current(home, url) for home in (once, often)])
            step("has the same rows", lambda: same(rows(once), rows(often)))
            step("pyarrow and DuckDB open it", lambda: opened(often))
            step("a bucket takes the same rows", lambda: shipped(often, url))
            step("the archive answers", lambda: asked(often, url))
    step.report(f"export of {COUNT} conversations")


def shipped(home, url):
    """The same archive into a bucket: no object is read from Intercom again, and the rows are the same."""
    with bucket() as (objects, keys):
        command = [BINARY, "export", "conversations", "--to", "s3://bucket/desk", "--format", "jsonl"]
        said = subprocess.run(command, env=environment(home, url, **keys), check=True, capture_output=True, text=True)
        print(said.stdout.strip())
        lines = [line for key in sorted(objects) for line in objects[key].decode().splitlines()]
        assert all(key.startswith("desk/conversations/part-") for key in objects), list(objects)
        digests = {json.loads(line)["id"]: hashlib.sha256(line.encode()).hexdigest() for line in lines}
        assert len(lines) == COUNT
        same(rows(home), digests)


def same(expected, got):
    assert expected == got, f"{len(expected.items() ^ got.items())} differences"


main()
