"""Private Redis and Memcached servers on a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path


class CacheServer:
    """A running ``redis-server`` or ``memcached``, reachable by its socket."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.folder = Path(tempfile.mkdtemp(prefix=f"bizuno-{program}-"))
        self.socket = self.folder / "c.sock"
        scheme = "memcached" if program == "memcached" else "unix"
        self.address = f"{scheme}://{self.socket}"
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        words = ["--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        if self.program == "memcached":
            words = ["-s", str(self.socket), "-m", "64"]
            words += ["-u", "root"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [self.program, *words], cwd=self.folder, stdout=subprocess.DEVNULL
        )
        until = time.monotonic() + 30
        while not self._listens():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError(f"{self.program} did not start")
            time.sleep(0.02)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def kill(self) -> None:
        """Stop it at once; the folder stays."""
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)

    def stop(self) -> None:
        """Stop it and remove its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def available(program: str) -> bool:
    """True where the program is installed."""
    return shutil.which(program) is not None
