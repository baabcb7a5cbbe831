"""What the store calls things, as Bizuno calls them (DECISIONS 45).

Methods and words follow the order import of Bizuno 7.3.8, where nothing else is said.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping
from importlib import resources

from bridge.common.contract.rates import method_of
from bridge.common.envelope import Messages

HOME_COUNTRY = "USA"
"""What Bizuno takes for a country that was not sent."""
AUTHORIZED, CAPTURED = "auth", "cap"
_AUTHORIZED_STATUSES = {"auth", "authorize", "on-hold", "processing"}
_PAYMENT_METHODS = {
    "payfabric": "payfabric",
    "paypal": "paypal",
    "ppcp-gateway": "paypal",
    "elevon": "converge",
    "converge": "converge",
}
_SHIPPING_WORDS = {
    "ground": "fedex:GND",
    "bestway": "fedex:GND",
    "1day": "fedex:1DA",
    "2day": "fedex:2DA",
    "ltl": "fedex:FRT",
}
_NO_COMMAND = re.compile(r"[^A-Za-z0-9_:-]")


def shipping_method(
    carrier: str, titles: Mapping[str, str], chosen: str | None, default: str
) -> str:
    """``carrier:service`` for what the store sent as ``ShippingCarrier``.

    A rate id that the portal handed out (``flat_GND``) comes back as ``flat:GND``;
    else the table of titles, else the rate handed out under that title, which is
    ``chosen``, else the words Bizuno knows, else ``default``.
    """
    if rate := method_of(carrier):
        return rate
    title = carrier.casefold()
    for name, code in titles.items():
        if name.strip().casefold() == title:
            return code
    return chosen or _SHIPPING_WORDS.get(title, default)


def payment_method(method: str) -> str:
    """Bizuno's name of a payment method; one it does not know stays as it is."""
    sent = method.casefold()
    for word, name in _PAYMENT_METHODS.items():
        if word in sent:
            return name
    return as_command(method)


def payment_status(status: str) -> str:
    """``auth`` while the payment is to be captured, else ``cap``."""
    known = status.casefold() in _AUTHORIZED_STATUSES
    return AUTHORIZED if known else CAPTURED


def as_command(text: str) -> str:
    """Text as Bizuno keeps it in ``key:value;`` pairs: no blanks, no punctuation."""
    return _NO_COMMAND.sub("", text)


def country_code(country: str, field: str, messages: Messages) -> str:
    """The three-letter code as Bizuno has it, from a code or an English name.

    Three letters are taken as they are. What nobody knows becomes the first three
    characters, with a warning.
    """
    sent = country.upper()
    if not sent:
        return HOME_COUNTRY
    if len(sent) == 3:
        return sent
    found = _countries().get(country.casefold())
    if found is None:
        messages.warning(
            f"{field} {country!r} is no country that Bizuno knows and was cut to 3 "
            "characters; send a code of two or three letters.",
            field=field,
            code="unknown_country",
        )
        return sent[:3]
    return found


@functools.cache
def _countries() -> dict[str, str]:
    """Three-letter codes by two-letter code and by name.

    The codes are those of ISO 3166-1 save where Bizuno keeps an older one (Romania).
    """
    table = resources.files(__package__).joinpath("countries.csv").read_text("utf-8")
    out = {}
    for row in csv.DictReader(table.splitlines()):
        out[row["alpha2"].casefold()] = out[row["name"].casefold()] = row["alpha3"]
    return out
