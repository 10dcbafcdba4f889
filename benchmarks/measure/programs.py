"""The programs under test as child processes."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
from types import TracebackType

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BENCH_BUILD", ROOT / ".build" / "release"))
TICKS = os.sysconf("SC_CLK_TCK")


class Program:
    """A program that prints its address and serves until SIGTERM."""

    def __init__(self, words: list[str], environment: dict[str, str] | None = None):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            words, cwd=ROOT, env=environment or dict(os.environ), stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert self.process.stdout
        while line := self.process.stdout.readline():
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found.group(1))
                return
        self.log.seek(0)
        raise RuntimeError(f"{words[0]} did not start:\n{self.log.read()}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """User and system time of all threads; the fields are counted from the name's closing parenthesis (proc(5))."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_megabytes(self) -> float:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1_000_000

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def yardstick() -> Program:
    """A plain Hummingbird route."""
    return Program([str(BUILD / "hello-yardstick")])


def run(words: list[str], timeout: float = 3600, environment: dict[str, str] | None = None, text: str = "") -> str:
    """Runs a program to its end and returns what it printed."""
    done = subprocess.run(words, cwd=ROOT, env=environment, input=text, capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_until(look, what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)
