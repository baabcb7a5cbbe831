"""Orders of the shop, sent to Bizuno: read, map, send, keep the answer."""

from __future__ import annotations

from .due import changed, due, touched, waiting
from .exporter import Export, Manner, export_orders, record_booked
from .prepared import Prepared, prepare

__all__ = [
    "Export",
    "Manner",
    "Prepared",
    "changed",
    "due",
    "export_orders",
    "prepare",
    "record_booked",
    "touched",
    "waiting",
]
