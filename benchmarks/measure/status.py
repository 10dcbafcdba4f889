"""The status call under load, of a batch that has ended and of one that runs."""

from measure.load import Paced, peak
from measure.programs import Program, wait_until, yardstick
from measure.reports import ReportServer
from measure.table import Table, median

ROUNDS = 5


def measure(table: Table) -> None:
    with ReportServer() as server, yardstick() as hello:
        assert isinstance(server, ReportServer)
        _peak(table, server, hello, "a finished batch", server.finished())
        batch = server.live()
        _peak(table, server, hello, "a live batch", batch)
        if server.status(batch) != "processing":
            wait_until(lambda: server.status(batch) == "completed", "the end of the live batch")
            batch = server.live()
        _paced(table, server, hello, batch)


def _peak(table: Table, server: ReportServer, hello: Program, what: str, batch: str) -> None:
    ratios, rates, plain, failures, cost = [], [], [], 0, []
    for _ in range(ROUNDS):
        hello_rate, _ = peak(hello.url + "/hello")
        before = server.cpu_seconds()
        rate, failed = peak(f"{server.url}/api/batch/{batch}/status", server.token)
        cost.append((server.cpu_seconds() - before) / (rate * 4) * 1e6)
        rates.append(rate)
        plain.append(hello_rate)
        ratios.append(rate / hello_rate)
        failures += failed
    ratio = median(ratios)
    table.add(
        f"status of {what}, peak", f"{median(rates):,.0f} req/s, {median(cost):.0f} µs CPU each, {failures} errors",
        f"hello {median(plain):,.0f} req/s; ratio {ratio:.0%} (rounds {min(ratios):.0%}–{max(ratios):.0%})", "≥ 40 %",
        ratio >= 0.4 and failures == 0,
    )


def _paced(table: Table, server: ReportServer, hello: Program, batch: str) -> None:
    plain = Paced(hello.url + "/hello")
    mine = Paced(f"{server.url}/api/batch/{batch}/status", server.token)
    table.add(
        "status of a live batch, 1000 req/s for 10 s",
        f"p50 {mine.p50:.1f}, p99 {mine.p99:.1f}, worst {mine.worst:.0f} ms; {mine.count:,} answers, {mine.errors} errors",
        f"hello p50 {plain.p50:.1f}, p99 {plain.p99:.1f}, worst {plain.worst:.0f} ms", "p99 < 25 ms, no error",
        mine.p99 < 25 and mine.errors == 0 and mine.count >= 9_900,
    )
