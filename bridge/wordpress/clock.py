"""The shop's clock: WordPress writes local time beside UTC."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CLOCK_OPTIONS = ("timezone_string", "gmt_offset")
_STAMP = "%Y-%m-%d %H:%M:%S"
log = logging.getLogger("bizuno_bridge.clock")


def site_zone(options: Mapping[str, str]) -> tzinfo:
    """The time zone of a shop: a named one, else a fixed offset in hours.

    Without either, or with a name this machine does not know, it is UTC.
    """
    name = options.get("timezone_string", "").strip()
    if name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            log.warning("time zone %s is not known here; using the offset", name)
    try:
        return timezone(timedelta(hours=float(options.get("gmt_offset") or 0)))
    except (ValueError, OverflowError):
        return UTC


def stamp(moment: datetime, zone: tzinfo = UTC) -> str:
    """An aware time as WordPress stores it, on the clock of ``zone``."""
    return moment.astimezone(zone).strftime(_STAMP)
