"""Countries, postcodes and zones: what of an address a price depends on."""

from __future__ import annotations

import csv
import functools
import re
from importlib import resources

from .. import intake
from .offers import Shipment

_NOT_PART = re.compile(r"[\s-]+")


def country_code(text: str) -> str | None:
    """The two-letter code for a code of two or three letters or an English name."""
    return _countries().get(text.strip().casefold())


@functools.cache
def _countries() -> dict[str, str]:
    table = resources.files(intake).joinpath("countries.csv").read_text("utf-8")
    return {
        name.casefold(): row["alpha2"]
        for row in csv.DictReader(table.splitlines())
        for name in row.values()
    }


def plain_postcode(text: str) -> str:
    """A postcode as it is compared: capitals, no blanks, no hyphens."""
    return _NOT_PART.sub("", text).upper()


def zone(shipment: Shipment, digits: int) -> str:
    """Country and the leading ``digits`` of the postcode; 0 takes all of them."""
    postcode = plain_postcode(shipment.postcode)
    return f"{shipment.country} {postcode[:digits] if digits else postcode}"
