"""Apps under a real gunicorn on a free loopback port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from bridge.common.sample import API_TOKEN
from bridge.sample.people import (
    APP_PASSWORD,
    OLD_APP_PASSWORD,
    READER_APP_PASSWORD,
    USERS,
)

ROOT = Path(__file__).resolve().parents[2]

SECRETS = (
    "hunter2",
    API_TOKEN,
    APP_PASSWORD,
    OLD_APP_PASSWORD,
    READER_APP_PASSWORD,
    *(user.password for user in USERS),
)
"""What no log may show, whatever a test asks of a server."""


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Gunicorn:
    """One app served from a config text.

    ``app`` is ``bridge``, ``portal`` or ``application``, or ``module:name``.
    """

    def __init__(
        self,
        app: str,
        config: str,
        folder: Path,
        *,
        workers: int = 1,
        threads: int = 8,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{app.replace(':', '.')}-{self.port}.log"
        file = self.log.with_suffix(".ini")
        file.write_text(config, "utf-8")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    f"--bind=127.0.0.1:{self.port}",
                    f"--workers={workers}",
                    "--worker-class=gthread",
                    f"--threads={threads}",
                    "--graceful-timeout=5",
                    "--no-control-socket",
                    app if ":" in app else f"wsgi:{app}",
                ],
                cwd=ROOT,
                env={
                    **os.environ,
                    **(environment or {}),
                    "BIZUNO_BRIDGE_CONFIG": str(file),
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                requests.get(self.url, timeout=2)
                return
            except (requests.ConnectionError, requests.Timeout):
                if time.monotonic() > until or self.process.poll() is not None:
                    said = self.log.read_text("utf-8", "replace")
                    self.stop()
                    raise RuntimeError(f"gunicorn did not start:\n{said}") from None
                time.sleep(0.1)

    def workers(self) -> list[int]:
        """Process IDs of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def stop(self) -> None:
        """Stop the server; its log must not hold a secret."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        log = self.log.read_text("utf-8", "replace")
        assert not any(secret in log for secret in SECRETS), f"a secret in {self.log}"
