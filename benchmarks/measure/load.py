"""Load from wrk and h2load."""

import pathlib
import re
import tempfile

from measure.programs import run
from measure.table import percentile


def peak(url: str, token: str = "", seconds: int = 4) -> tuple[float, int]:
    """Requests a second with 64 connections that never wait, and how many answers were no success."""
    words = ["wrk", "-t2", "-c64", f"-d{seconds}s", *(["-H", f"Authorization: Bearer {token}"] if token else []), url]
    text = run(words)
    failed = sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    for numbers in re.findall(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text):
        failed += sum(map(int, numbers))
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert found, text
    return float(found.group(1)), failed


class Paced:
    """1000 requests a second for 10 s over 50 connections, each on its own clock; times in milliseconds."""

    def __init__(self, url: str, token: str = "", seconds: int = 10):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "requests.tsv")
            header = ["-H", f"Authorization: Bearer {token}"] if token else []
            text = run(["h2load", "--h1", "-c50", "-t1", "-D", str(seconds), "--rps", "20", f"--log-file={log}", *header, url])
            rows = [line.split("\t") for line in log.read_text().splitlines()]
        self.count = len(rows)
        statuses = [row[1] for row in rows]
        found = re.search(r"requests: .* (\d+) failed, (\d+) errored, (\d+) timeout", text)
        assert found, text
        # An answer that is no success stands in the log and is counted by h2load as failed too.
        self.errors = max(sum(status != "200" for status in statuses), *map(int, found.groups()))
        times = [int(row[2]) / 1000 for row in rows]
        self.p50, self.p99, self.worst = percentile(times, 0.5), percentile(times, 0.99), max(times)
