"""The lead table at a million leads: what lead-benchmark prints, held against the goals."""

import os
import re

from measure.programs import BUILD, run
from measure.table import Table


def _row(text: str, title: str) -> tuple[float, float, float]:
    """p50, p95 and the worst, in milliseconds."""
    found = re.search(re.escape(title) + r"\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)", text)
    assert found, f"no line “{title}” in:\n{text}"
    p50, p95, worst = map(float, found.groups())
    return p50, p95, worst


def _idle(text: str) -> str:
    _, present, after = text.partition("yardstick: the same with nothing to wait for")
    if not present:
        return ""
    _, p95, worst = _row(after, "wait for the writer meanwhile")
    return f"with nothing to wait for p95 {p95:.1f}, worst {worst:.0f} ms"


def measure(table: Table) -> None:
    count = int(os.environ.get("BENCH_LEADS", "1000000"))
    text = run([str(BUILD / "lead-benchmark"), str(count)], timeout=7200)
    page, total = _row(text, "a page of 50"), _row(text, "its count, exact to 10,000")
    key, scan = _row(text, "yardstick: 51 rows by key"), _row(text, "yardstick: count by a table scan")
    everything = _row(text, "select all leads")
    wait = _row(text.partition("keep the first")[2], "wait for the writer meanwhile")
    rows = f"200 questions over {count:,} leads"
    by_scan = f"a table scan {scan[0]:.0f} ms"
    table.add(
        f"a page's rows, {rows}", f"p50 {page[0]:.1f}, p95 {page[1]:.1f} ms", f"51 rows by key p50 {key[0]:.1f} ms", "p95 ≤ 50 ms",
        page[1] <= 50,
    )
    table.add(f"its count, {rows}", f"p50 {total[0]:.1f}, p95 {total[1]:.1f} ms", by_scan, "p95 ≤ 300 ms", total[1] <= 300)
    table.add(
        f"select all {count:,}", f"p50 {everything[0]:.0f}, worst {everything[2]:.0f} ms", by_scan, "≤ 10 s", everything[2] <= 10_000
    )
    table.add("waiting for the writer meanwhile", f"p95 {wait[1]:.1f}, worst {wait[2]:.0f} ms", _idle(text), "p95 ≤ 50 ms", wait[1] <= 50)
