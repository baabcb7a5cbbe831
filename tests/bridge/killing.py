"""Work in processes of their own that die at a chosen step.

``python -m tests.bridge.killing CONFIG`` imports everything once and then forks for
each line it reads: ``WORK POINT``. WORK is the number of an order to be exported,
``upload`` (the product of upload.json beside CONFIG) or ``images`` (the sizes that are
missing). The child kills itself with SIGKILL at its checkpoint number POINT; 0 is
never. A line of JSON answers: the signal it died of (0: none), and what its
checkpoints were.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock
from typing import Any, TextIO

from sqlalchemy import event

from bridge.catalog.picture_worker import make_missing
from bridge.catalog.update import update_product
from bridge.common import http
from bridge.common.config import load
from bridge.export import Manner, export_orders
from bridge.shop import Shop
from tests.support.servers import ROOT


class Checkpoints:
    """Counts the steps of an export, and ends the process at one of them."""

    def __init__(self, point: int, told: int) -> None:
        self.point, self.told, self.count = point, told, 0
        self._lock = Lock()  # files are written by several threads

    def reach(self, name: str) -> None:
        """Say where we are; that may be the last thing."""
        with self._lock:
            self.count += 1
            os.write(self.told, f"{name}\n".encode())
            if self.count == self.point:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call`` with a checkpoint on either side."""

        def wrapped(*args: Any, **keys: Any) -> Any:
            self.reach(f"before {name}")
            result = call(*args, **keys)
            self.reach(f"after {name}")
            return result

        return wrapped

    def place(self, shop: Shop) -> None:
        """Around every statement, commit, order sent and step of writing a file."""
        engine = shop.database.engine

        def before(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            self.reach(f"before {statement.split()[0]}")

        def after(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            self.reach(f"after {statement.split()[0]}")

        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)
        dialect: Any = engine.dialect
        dialect.do_commit = self.around("commit", dialect.do_commit)
        client: Any = http.Client
        client.send = self.around("send", client.send)
        disk: Any = Path
        for name in ("replace", "unlink", "mkdir", "chmod"):
            setattr(disk, name, self.around(name, getattr(disk, name)))
        os.fsync = self.around("fsync", os.fsync)


def _carry_out(config: str, work: str, point: int, told: int) -> None:
    """What the child does."""
    shop = Shop.of(load(config))
    shop.ledger.create(shop.database)
    Checkpoints(point, told).place(shop)
    if work == "upload":
        product = json.loads(Path(config).with_name("upload.json").read_text())
        update_product(shop, {"data": product}, plan=False)
    elif work == "images":
        list(make_missing(shop, Event()))
    else:
        list(export_orders(shop, [int(work)], Manner(wait=20.0)))


def _serve(config: str, lines: TextIO) -> None:
    for line in lines:
        work, point = line.split()
        reading, told = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                _carry_out(config, work, int(point), told)
            finally:
                os._exit(0)
        os.close(told)
        with os.fdopen(reading) as steps:
            names = steps.read().splitlines()
        _, status = os.waitpid(child, 0)
        print(json.dumps({"signal": os.WTERMSIG(status), "steps": names}), flush=True)


class Exporter:
    """The process that forks; one order, or other work, at a time."""

    def __init__(self, config: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bridge.killing", str(config)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, work: int | str, point: int = 0) -> None:
        """Begin, to die at a checkpoint; 0: at none."""
        assert self.process.stdin
        self.process.stdin.write(f"{work} {point}\n")
        self.process.stdin.flush()

    def ended(self) -> tuple[int, list[str]]:
        """The signal it died of (0: none) and the checkpoints it reached."""
        assert self.process.stdout
        answer = json.loads(self.process.stdout.readline())
        return int(answer["signal"]), list(answer["steps"])

    def run(self, work: int | str, point: int = 0) -> tuple[int, list[str]]:
        """``start`` and ``ended``."""
        self.start(work, point)
        return self.ended()

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


if __name__ == "__main__":
    _serve(sys.argv[1], sys.stdin)
