"""The preview of 1000 leads by the API, one request after the other over one connection."""

import http.client
import json
import time

from measure.programs import yardstick
from measure.reports import LEADS, ReportServer
from measure.table import Table, percentile

REQUESTS = 200


def measure(table: Table) -> None:
    with ReportServer() as server, yardstick() as hello:
        assert isinstance(server, ReportServer)
        plain = http.client.HTTPConnection("127.0.0.1", hello.port)
        body = json.dumps({"lead_ids": server.leads}).encode()
        times, hello_times = [], []
        cost = 0.0
        for number in range(REQUESTS + 10):
            start = time.perf_counter()
            plain.request("GET", "/hello")
            plain.getresponse().read()
            middle, before = time.perf_counter(), server.cpu_seconds()
            begun = time.perf_counter()
            answer, data = server.ask("POST", "/api/batch/preview", body)
            ended = time.perf_counter()
            assert answer.status == 200 and json.loads(data)["lead_count"] == LEADS, data[:300]
            if number >= 10:  # the first ones fill caches
                hello_times.append((middle - start) * 1000)
                times.append((ended - begun) * 1000)
                cost += server.cpu_seconds() - before
        p50, plain_p50 = percentile(times, 0.5), percentile(hello_times, 0.5)
        table.add(
            f"preview of {LEADS} leads, {REQUESTS} in a row",
            f"p50 {p50:.1f}, p95 {percentile(times, 0.95):.1f} ms; {cost / REQUESTS * 1000:.1f} ms CPU each",
            f"hello p50 {plain_p50:.2f} ms; {p50 / plain_p50:.0f} times", "p50 < 10 ms", p50 < 10,
        )
