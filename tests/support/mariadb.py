"""A private MariaDB server on a temporary folder, and databases on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import pymysql


class Server:
    """A running ``mariadbd`` that nobody else knows of; reachable by its socket."""

    def __init__(self, *, durable: bool = False, port: int | None = None) -> None:
        """``durable`` flushes at each commit, as a real shop's server does.

        With ``port`` it listens on the loopback as well, for tools that need TCP.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="bizuno-mariadb-"))
        self.folder.chmod(0o755)
        self.socket = self.folder / "m.sock"
        data = self.folder / "data"
        user = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *user,
            ],
            check=True,
            capture_output=True,
        )
        binary = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        self.process = subprocess.Popen(
            [
                binary,
                "--no-defaults",
                f"--datadir={data}",
                f"--socket={self.socket}",
                # another server that starts would clear a shared one
                f"--tmpdir={self.folder}",
                *(
                    [f"--port={port}", "--bind-address=127.0.0.1"]
                    if port
                    else ["--skip-networking"]
                ),
                "--skip-name-resolve",
                "--character-set-server=utf8mb4",
                "--innodb-buffer-pool-size=256M",
                "--innodb-log-file-size=128M",
                "--max-connections=300",
                f"--innodb-flush-log-at-trx-commit={1 if durable else 0}",
                f"--log-error={self.folder / 'error.log'}",
                *user,
            ],
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while True:
            if self.socket.exists():
                self.execute("SELECT 1")
                return
            if time.monotonic() > until or self.process.poll() is not None:
                log = (self.folder / "error.log").read_text("utf-8", "replace")
                raise RuntimeError(f"mariadbd did not start:\n{log}")
            time.sleep(0.1)

    def execute(self, *statements: str) -> None:
        """Run statements as the server's administrator."""
        conn = pymysql.connect(unix_socket=str(self.socket), user="root")
        with conn, conn.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            conn.commit()

    def create_database(self, collation: str = "utf8mb4_unicode_520_ci") -> str:
        """A new empty database; returns its name."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self.execute(
            f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE {collation}"
        )
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database."""
        self.execute(f"DROP DATABASE IF EXISTS {name}")

    def url(self, name: str) -> str:
        """The SQLAlchemy address of a database."""
        return f"mysql+pymysql://root@localhost/{name}?unix_socket={self.socket}"

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def available() -> bool:
    """True where a MariaDB server is installed."""
    return bool(shutil.which("mariadbd") or Path("/usr/sbin/mariadbd").exists())
