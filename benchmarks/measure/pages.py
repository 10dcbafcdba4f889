"""What a browser loads of each page at the first visit, compressed, and how long the server works on it."""

import gzip
import http.client
import re
import time

from measure.programs import Program, yardstick
from measure.reports import ReportServer
from measure.table import Table, median

LOADS = 30
KB = 1024


def measure(table: Table) -> None:
    with ReportServer() as server, yardstick() as hello:
        assert isinstance(server, ReportServer)
        finished = server.finished()
        lead = server.json("GET", f"/api/batch/{finished}/leads?limit=1")["leads"][0]["lead_id"]
        quote = server.json("POST", "/api/batch/preview", {"lead_ids": server.leads})["quote"]
        live = server.live()
        paths = {
            "sign-in": "/login", "dashboard": "/", "leads": "/leads", "one lead": f"/leads/{lead}",
            "preview": f"/batches/new?quote={quote}", "history": "/batches", "a live batch": f"/batches/{live}",
            "a finished batch": f"/batches/{finished}", "a report": f"/batches/{finished}/leads/{lead}/report", "analytics": "/analytics",
            "accounts": "/settings/accounts",
        }
        for name, path in paths.items():
            _page(table, server, hello, name, path)


def _page(table: Table, server: ReportServer, hello: Program, name: str, path: str) -> None:
    answer, _ = server.ask("GET", path, headers={"Accept": "text/html"})
    if answer.status == 404:
        table.add(f"page: {name}", "not there yet")
        return
    html, sent = _fetch(server, path)
    styles = [_fetch(server, link)[1] for link in re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)]
    scripts = _scripts(server, re.findall(r'<script[^>]* src="([^"]+)"', html), {})
    total, script = sent + sum(styles) + sum(scripts.values()), sum(scripts.values())
    times, cost, plain = _times(server, hello, path)
    table.add(
        f"page: {name}", f"{total / KB:.1f} KB, JS {script / KB:.1f} KB; {times:.1f} ms, {cost:.1f} ms CPU",
        f"hello {plain:.2f} ms; {times / plain:.0f} times", "≤ 30 KB, JS ≤ 10 KB", total <= 30 * KB and script <= 10 * KB,
    )


def _fetch(server: ReportServer, path: str) -> tuple[str, int]:
    """The text, and how many bytes came over the wire: a page that is not compressed counts in full."""
    answer, data = server.ask("GET", path, headers={"Accept": "text/html,*/*", "Accept-Encoding": "gzip"})
    assert answer.status == 200, f"{path}: {answer.status}"
    text = gzip.decompress(data) if answer.getheader("Content-Encoding") == "gzip" else data
    return text.decode(), len(data)


def _scripts(server: ReportServer, paths: list[str], known: dict[str, int]) -> dict[str, int]:
    """The bytes of each module, and of those that it imports."""
    for path in paths:
        if path in known:
            continue
        text, known[path] = _fetch(server, path)
        folder = path.rpartition("/")[0]
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)  # types in comments are imported by the checker alone
        imports = re.findall(r"""(?:import|from)\s*\(?\s*["'](\.{0,2}/[^"']+)["']""", code)
        _scripts(server, [link if link.startswith("/") else f"{folder}/{link.removeprefix('./')}" for link in imports], known)
    return known


def _times(server: ReportServer, hello: Program, path: str) -> tuple[float, float, float]:
    """Medians in milliseconds: the page, its share of a core, and the yardstick in turns with it."""
    plain = http.client.HTTPConnection("127.0.0.1", hello.port)
    times, hello_times = [], []
    cost = 0.0
    for _ in range(LOADS):
        start = time.perf_counter()
        plain.request("GET", "/hello")
        plain.getresponse().read()
        hello_times.append((time.perf_counter() - start) * 1000)
        before, begun = server.cpu_seconds(), time.perf_counter()
        server.ask("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
        times.append((time.perf_counter() - begun) * 1000)
        cost += server.cpu_seconds() - before
    return median(times), cost / LOADS * 1000, median(hello_times)
