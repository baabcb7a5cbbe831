"""The file of a price table, read again whenever it changes."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from .offers import CannotQuote
from .table import PriceTable
from .table_csv import TableErrors, parse_table

log = logging.getLogger("bizuno_bridge.rates")

_MOST_BYTES = 16 * 1024 * 1024
_Stamp = tuple[int, int, int] | None


class TableFile:
    """One file; ``current`` is its table as the file stands now.

    A file that cannot be used is logged once, with its mistakes; what was read before
    stays in force.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem: TableErrors | None = None
        self._table: PriceTable | None = None
        self._stamp: _Stamp = (0, 0, 0)
        self._lock = threading.Lock()

    def current(self) -> PriceTable:
        """The table; raises CannotQuote while there has been no good file."""
        # while one reads the others go on with what there is
        if self._stat() != self._stamp and self._lock.acquire(self._table is None):
            try:
                stamp = self._stat()
                if stamp != self._stamp:
                    self._read()
                    self._stamp = stamp
            finally:
                self._lock.release()
        if self._table is None:
            raise CannotQuote(
                "The table of rates is left out: its file has mistakes; see the log, "
                "or run `bizuno-portal rates --explain`."
            )
        return self._table

    def _stat(self) -> _Stamp:
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> None:
        try:
            content = self.path.read_bytes()
            if len(content) > _MOST_BYTES:
                raise TableErrors([(0, f"the file is larger than {_MOST_BYTES} bytes")])
            self._table = parse_table(content.decode("utf-8-sig"))
            self.problem = None
        except OSError as exc:
            self.problem = TableErrors([(0, f"cannot be read: {exc.strerror}")])
        except UnicodeDecodeError as exc:
            line = content.count(b"\n", 0, exc.start) + 1
            self.problem = TableErrors([(line, "is not UTF-8 text")])
        except TableErrors as exc:
            self.problem = exc
        if self.problem:
            log.error("the table of rates is not used:\n%s", self.problem)
