"""The shop's local time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.common.columns import parse_stamp
from bridge.wordpress.clock import site_zone, stamp

SUMMER = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
WINTER = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "moment", "local"),
    [
        ({"timezone_string": "America/New_York"}, SUMMER, "2026-07-01 08:00:00"),
        ({"timezone_string": "America/New_York"}, WINTER, "2026-12-01 07:00:00"),
        ({"timezone_string": "", "gmt_offset": "5.5"}, SUMMER, "2026-07-01 17:30:00"),
        ({"gmt_offset": "-3"}, SUMMER, "2026-07-01 09:00:00"),
        ({"gmt_offset": ""}, SUMMER, "2026-07-01 12:00:00"),
        ({"gmt_offset": "nonsense"}, SUMMER, "2026-07-01 12:00:00"),
        ({"gmt_offset": "1e300"}, SUMMER, "2026-07-01 12:00:00"),
        ({"gmt_offset": "nan"}, SUMMER, "2026-07-01 12:00:00"),
        ({"timezone_string": "Not/A_Zone"}, SUMMER, "2026-07-01 12:00:00"),
        (
            {"timezone_string": "../etc", "gmt_offset": "2"},
            SUMMER,
            "2026-07-01 14:00:00",
        ),
        ({}, SUMMER, "2026-07-01 12:00:00"),
    ],
)
def test_local_time_follows_the_options(
    options: dict[str, str], moment: datetime, local: str
) -> None:
    assert stamp(moment, site_zone(options)) == local


def test_a_stamp_is_read_back() -> None:
    zone = site_zone({"timezone_string": "America/New_York"})
    assert parse_stamp("2026-07-01 08:00:00", zone) == SUMMER


@pytest.mark.parametrize("text", [None, "", "0000-00-00 00:00:00"])
def test_never_is_none(text: str | None) -> None:
    assert parse_stamp(text) is None
