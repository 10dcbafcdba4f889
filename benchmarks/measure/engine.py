"""The engine alone: reports that cost nothing, so that what remains is taking leads and recording what became of them.

The yardstick is the same rows written by prepared statements, a hundred leads a transaction. Beside it, on the same machine, two
queues that people know run tasks that do nothing: Celery over Redis, and Huey over SQLite.
"""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
from typing import Any

from measure.programs import BUILD, ROOT, run
from measure.table import Table, median

LARGE = int(os.environ.get("BENCH_ENGINE_LEADS", "100000"))
HISTORY = int(os.environ.get("BENCH_ENGINE_HISTORY", "1000000"))
SMALL = 1000
TASKS = 10_000
CONCURRENCY = 100
QUEUES = ROOT / "benchmarks" / "queues"
# Where tools/install puts Celery and Huey.
PYTHON = str(ROOT / ".venv" / "bin" / "python")


def _run(kind: str, leads: int, history: int = 0) -> Any:
    figures = json.loads(run([str(BUILD / "batch-benchmark"), kind, str(leads), str(CONCURRENCY), str(history)], timeout=1200))
    assert figures["completed"] == leads, figures
    return figures


def measure(table: Table) -> None:
    small = [_run("noop", SMALL) for _ in range(5)]
    times = [figures["wall_seconds"] * 1000 for figures in small]
    table.add(
        f"{SMALL} empty reports, from start to end", f"{median(times):.0f} ms (rounds {min(times):.0f}–{max(times):.0f})",
        "the next line", "< 150 ms", median(times) < 150,
    )
    bare, large = [], []
    for _ in range(3):
        bare.append(_run("bare", LARGE))
        large.append(_run("noop", LARGE))
    ratio = median([mine["wall_seconds"] / plain["wall_seconds"] for mine, plain in zip(large, bare)])
    rate = median([LARGE / figures["wall_seconds"] for figures in large])
    plain = median([LARGE / figures["wall_seconds"] for figures in bare])
    one = large[0]
    table.add(
        f"{LARGE:,} empty reports", f"{rate:,.0f} leads/s, {one['commits'] / LARGE:.4f} commits a lead, peak {one['peak_megabytes']:.0f} MB",
        f"bare SQL {plain:,.0f} leads/s; {ratio:.1f} times its time", "≥ 20,000 leads/s, within 3 times",
        rate >= 20_000 and ratio <= 3,
    )
    table.add("its memory", f"{max(figures['peak_megabytes'] for figures in large):.0f} MB", "", "< 300 MB",
              max(figures["peak_megabytes"] for figures in large) < 300)
    per_lead = [figures["cpu_seconds"] / figures["leads"] * 1e6 for figures in large]
    # Shorter runs than 10,000 leads are mostly their start.
    middle = [_run("noop", TASKS)["cpu_seconds"] / TASKS * 1e6 for _ in range(3)]
    growth = median(per_lead) / median(middle)
    table.add(
        f"cost a lead, {LARGE:,} against {TASKS:,}", f"{median(per_lead):.0f} against {median(middle):.0f} µs CPU", f"{growth:.2f} times",
        "within 20 %", growth <= 1.2,
    )
    old = _run("noop", TASKS, HISTORY)["cpu_seconds"] / TASKS * 1e6
    table.add(
        f"cost a lead with {HISTORY:,} ended leads on file", f"{old:.0f} µs CPU", f"without {median(middle):.0f} µs; {old / median(middle):.2f} times",
        "within 20 %", old / median(middle) <= 1.2,
    )
    mine = median([TASKS / _run("noop", TASKS)["wall_seconds"] for _ in range(3)])
    for name, take in (("Celery with Redis", _celery), ("Huey with SQLite", _huey)):
        theirs = take()
        table.add(f"{TASKS:,} tasks that do nothing: {name}", f"{theirs:,.0f} tasks/s", f"this engine {mine:,.0f} leads/s; {mine / theirs:.0f} times")


def _celery() -> float:
    """Tasks a second, from the first that is sent to the last result."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ) | {"REDIS_PORT": _free_port()}
        redis = ["redis-server", "--port", environment["REDIS_PORT"], "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"]
        server = subprocess.Popen(redis, stdout=subprocess.DEVNULL)
        words = [PYTHON, "-m", "celery", "-A", "celery_tasks", "worker", "--concurrency", "2", "--loglevel", "ERROR"]
        worker = subprocess.Popen(words, cwd=QUEUES, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        code = """
import time
from celery import group
from celery_tasks import noop
noop.delay(0).get(timeout=60)
start = time.monotonic()
group(noop.s(n) for n in range(%d)).apply_async().get(timeout=600)
print(time.monotonic() - start)
""" % TASKS
        try:
            return TASKS / float(_python(code, environment))
        finally:
            worker.terminate()
            worker.wait(30)
            server.terminate()
            server.wait(30)


def _huey() -> float:
    """Tasks a second, from the first that is sent to the last result."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ) | {"HUEY_FILE": str(pathlib.Path(folder, "huey.sqlite"))}
        words = [str(ROOT / ".venv" / "bin" / "huey_consumer"), "huey_tasks.huey", "-w", "2", "-d", "0.01", "-q"]
        worker = subprocess.Popen(words, cwd=QUEUES, env=environment | {"PYTHONPATH": str(QUEUES)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        code = """
import time
from huey_tasks import huey, noop
noop(0).get(blocking=True, timeout=60)
start = time.monotonic()
for n in range(%d):
    noop(n)
while huey.result_count() < %d:
    time.sleep(0.05)
print(time.monotonic() - start)
""" % (TASKS, TASKS)
        try:
            return TASKS / float(_python(code, environment))
        finally:
            worker.terminate()
            worker.wait(30)


def _python(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run([PYTHON, "-c", code], cwd=QUEUES, env=environment, capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
