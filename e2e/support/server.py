"""The real server as a process, in demo mode unless said otherwise."""

import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.request
from collections.abc import Sequence
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("E2E_BINARY", ROOT / ".build" / os.environ.get("E2E_BUILD", "debug") / "batchreports"))
PASSWORD = "correct horse battery"


class Server:
    """One server process on a data folder; it can be killed and started again on the same folder and port."""

    def __init__(self, folder: pathlib.Path, demo: bool = True, paid: bool = False, **settings: str):
        self.folder = folder
        self.demo = demo
        self.paid = paid
        self.settings = settings
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.output: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("BATCH_")}
        return clean | {"BATCH_DATA_DIR": str(self.folder), "BATCH_RETRY_DELAY": "0.2"} | self.settings

    def start(self) -> "Server":
        command = [str(BINARY), "serve", "--port", str(self.port)] + (["--demo"] if self.demo else [])
        self.output = []
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", "\n".join(self.output))
            if found:
                self.port = int(found.group(1))
                if self.is_ready():
                    self._choose_template()
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + "\n".join(self.output[-40:]))

    def _choose_template(self) -> None:
        """Journeys that are not about paid providers work with the version that asks none: its cost can be foretold to the cent."""
        if self.paid or not self.demo:
            return
        with sqlite3.connect(self.folder / "batchreports.sqlite", timeout=30) as database:
            database.execute("UPDATE report_template SET is_latest = 0 WHERE name = 'website-audit'")
            database.execute("UPDATE report_template SET is_latest = 1 WHERE name = 'website-audit' AND version = 'v2'")

    def _read(self) -> None:
        assert self.process and self.process.stdout
        for line in self.process.stdout:
            self.output.append(line.rstrip())

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def sign_in_link(self) -> str:
        found = re.search(r"http://\S+/login/link\?token=\S+", "\n".join(self.output))
        assert found, "no sign-in link was printed:\n" + "\n".join(self.output)
        return found.group(0)

    def command(self, *words: str, stdin: str = "") -> str:
        done = subprocess.run(
            [str(BINARY), *words], cwd=ROOT, env=self.environment(), input=stdin, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def add_account(self, email: str, role: str) -> str:
        self.command("accounts", "add", email, "--role", role, stdin=PASSWORD + "\n")
        return email

    def add_token(self, email: str) -> str:
        return self.command("tokens", "add", email, "--name", "test").strip().splitlines()[-1]

    @property
    def database(self) -> pathlib.Path:
        return self.folder / "batchreports.sqlite"

    def rows(self, sql: str, *values: Any) -> Sequence[sqlite3.Row]:
        """Reads the truth itself, without a chance to change it."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def change(self, sql: str, *values: Any) -> None:
        """For what a test cannot wait for, such as a price that expires after half an hour."""
        connection = sqlite3.connect(self.database, timeout=10)
        try:
            with connection:
                assert connection.execute(sql, values).rowcount > 0
        finally:
            connection.close()

    def kill(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> int:
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)
