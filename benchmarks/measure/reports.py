"""A server of the product with 1000 leads, whose websites are a slow one of this process."""

import http.client
import http.server
import json
import os
import pathlib
import tempfile
import threading
import time
from typing import Any

from measure.programs import BUILD, Program, run, wait_until

LEADS = 1000
PAGE = b"<!doctype html><html lang=en><title>Bakery</title><h1>Bread</h1><p>" + b"Fresh every day. " * 200


class SlowSite(http.server.BaseHTTPRequestHandler):
    """One page, half a second late."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(0.5)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        pass


class ReportServer(Program):
    """The release build's `serve` with an admin's token, on a data folder that goes when it stops."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="batchreports-bench-")
        self.site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SlowSite)
        threading.Thread(target=self.site.serve_forever, daemon=True).start()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BATCH_")}
        self.settings = clean | {
            "BATCH_DATA_DIR": self.folder.name, "BATCH_PORT": "0", "BATCH_LOG_LEVEL": "warning", "BATCH_ALLOW_PRIVATE_HOSTS": "true",
            "BATCH_HOST_PAUSE": "0",
        }
        binary = str(BUILD / "batchreports")
        run([binary, "accounts", "add", "bench@example.com", "--role", "admin"], environment=self.settings, text="correct horse battery\n")
        self.token = run([binary, "tokens", "add", "bench@example.com", "--name", "bench"], environment=self.settings).strip()
        self._import(binary)
        super().__init__([binary, "serve"], self.settings)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.leads = self._lead_ids()

    def _import(self, binary: str) -> None:
        address = f"http://127.0.0.1:{self.site.server_address[1]}"
        rows = [f"Business {n},{address}/{n},mail{n}@example.com,Springfield,new,{n % 101}" for n in range(LEADS)]
        file = pathlib.Path(self.folder.name, "leads.csv")
        file.write_text("\n".join(["name,website,email,city,status,score", *rows]) + "\n")
        run([binary, "leads", "import", str(file)], environment=self.settings | {"BATCH_ALLOW_PATH_TRAVERSAL": "true"})

    def _lead_ids(self) -> list[str]:
        ids: list[str] = []
        cursor = ""
        while True:
            page = self.json("GET", f"/api/leads?limit=500{cursor}")
            ids += [lead["id"] for lead in page["leads"]]
            if not page["page_info"]["has_more"]:
                assert len(ids) == LEADS, f"{len(ids)} leads"
                return ids
            cursor = "&cursor=" + page["page_info"]["next_cursor"]

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[Any, bytes]:
        """One request over the connection that is kept open; returns the answer and its body as sent."""
        known = {"Content-Type": "application/json"}
        if path != "/login":  # who is signed in is sent on
            known["Authorization"] = f"Bearer {self.token}"
        self.connection.request(method, path, body, known | (headers or {}))
        answer = self.connection.getresponse()
        return answer, answer.read()

    def json(self, method: str, path: str, body: object = None) -> Any:
        answer, data = self.ask(method, path, json.dumps(body).encode() if body is not None else None)
        assert answer.status < 300, f"{answer.status} {data[:300]!r}"
        return json.loads(data)

    def start(self, leads: list[str], concurrency: int) -> str:
        quote = self.json("POST", "/api/batch/preview", {"lead_ids": leads, "template_version": "v1"})["quote"]
        order = {"quote": quote, "cost_approved": True, "max_concurrent": concurrency}
        return self.json("POST", "/api/batch/start", order)["batch_id"]

    def status(self, batch: str) -> str:
        return self.json("GET", f"/api/batch/{batch}/status")["status"]

    def finished(self) -> str:
        """The id of a batch of 50 leads that has ended."""
        batch = self.start(self.leads[:50], 50)
        wait_until(lambda: self.status(batch) == "completed", "a small batch")
        return batch

    def live(self) -> str:
        """The id of a batch that runs slowly: ten leads a second, and as many commits."""
        batch = self.start(self.leads, 5)
        wait_until(lambda: self.status(batch) == "processing", "a batch that runs")
        return batch

    def stop(self) -> None:
        super().stop()
        self.site.shutdown()
        self.folder.cleanup()
