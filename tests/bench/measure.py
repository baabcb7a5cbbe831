"""Counting what a server did: statements of MariaDB, memory of gunicorn's workers."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection

from bridge.common.database import Database
from tests.support.servers import Gunicorn


class Statements:
    """How many statements MariaDB has been asked, by anybody."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._own = 0

    def count(self) -> int:
        """Statements until now, without those of counting."""
        with self._database.read() as conn:
            asked = _questions(conn)
            self._own += _questions(conn) - asked
        return asked - self._own


def _questions(conn: Connection) -> int:
    row = conn.exec_driver_sql("SHOW GLOBAL STATUS LIKE 'Questions'").one()
    return int(row[1])


def cpu_seconds(server: Gunicorn) -> float:
    """Seconds of CPU that the workers have used until now."""
    ticks = 0
    for pid in server.workers():
        stat = Path(f"/proc/{pid}/stat").read_text()
        # what is counted begins behind the name, which may hold anything
        user, system = stat.rpartition(")")[2].split()[11:13]
        ticks += int(user) + int(system)
    return ticks / os.sysconf("SC_CLK_TCK")


def forget_peaks(server: Gunicorn) -> None:
    """Let the peak of each worker's memory begin anew."""
    for pid in server.workers():
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_rss_mb(server: Gunicorn) -> float:
    """The most memory one worker held since then, in MiB."""
    peaks = []
    for pid in server.workers():
        status = Path(f"/proc/{pid}/status").read_text()
        line = next(one for one in status.splitlines() if one.startswith("VmHWM"))
        peaks.append(int(line.split()[1]) / 1024)
    return max(peaks)
