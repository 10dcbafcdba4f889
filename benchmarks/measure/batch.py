"""A batch of 1000 leads against the demo's websites, and one of empty reports: the engine's own cost."""

import json
from typing import Any

from measure.programs import BUILD, run
from measure.table import Table, median

LEADS = 1000
CONCURRENCY = 50
ROUNDS = 5


def _run(kind: str) -> Any:
    return json.loads(run([str(BUILD / "batch-benchmark"), kind, str(LEADS), str(CONCURRENCY)], timeout=600))


def measure(table: Table) -> None:
    empty = [_run("noop") for _ in range(ROUNDS)]
    assert all(figures["completed"] == LEADS for figures in empty), empty
    walls = [figures["wall_seconds"] / LEADS * 1000 for figures in empty]
    cpu = median([figures["cpu_seconds"] / LEADS * 1000 for figures in empty])
    table.add(
        f"the engine alone, {LEADS} empty reports",
        f"{median(walls):.2f} ms a lead (rounds {min(walls):.2f}–{max(walls):.2f}), {cpu:.2f} ms CPU",
        "the batch below", "< 2 ms a lead", median(walls) < 2,
    )
    real = _run("sites")
    causes = ", ".join(f"{code} {count}" for code, count in sorted(real["causes"].items(), key=lambda cause: -cause[1]))
    table.add(
        f"{LEADS} leads against the demo's websites, {CONCURRENCY} at a time",
        f"{real['wall_seconds']:.1f} s; CPU {real['cpu_seconds']:.1f} s and the websites' own {real['sites_cpu_seconds']:.1f} s; "
        f"peak {real['peak_megabytes']:.0f} MB",
        f"engine {cpu:.2f} of {real['cpu_seconds'] / LEADS * 1000:.2f} ms CPU a lead", "< 60 s",
        real["wall_seconds"] < 60 and real["completed"] + real["failed"] == LEADS,
    )
    table.add("its outcomes", f"{real['completed']} reports, {real['failed']} failed: {causes}")
