"""Desks for the tests of shipping rates, without a web server around them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import MetaData

from bridge.common.config import parse
from bridge.common.contract.rates import read_question
from bridge.common.database import Database
from bridge.common.rate_settings import RatesConfig
from portal.quoting.desk import Desk
from portal.quoting.offers import Deadline, Quotes, Source
from portal.quoting.store import QuoteStore
from portal.quoting.terms import METHODS
from tests.support.easypost import KEY, FakeEasyPost

ORIGIN = """
origin =
  street = 400 Congress Ave
  city = Austin
  state = TX
  postcode = 78701
  country = US
"""
GENERAL = {"weight_uom": "LB", "max_pkg_weight": "70", "resi_checked": 1}
DOCUMENTS = {
    METHODS: json.dumps({}),
    "bizuno": json.dumps({"settings": {"company": {}}}),
    "shipping": json.dumps({"settings": {"general": GENERAL}}),
    "phreebooks": json.dumps({"currency": {"defISO": "USD"}}),
}
FLAT = json.dumps({"flat": {"status": 1, "settings": {"default": "1", "rate": "8.95"}}})
STORE_PREFIX = "test_"


def rates_config(text: str = "") -> RatesConfig:
    """``[rates]`` with these lines."""
    return parse(f"[rates]\n{text}", {}).rates


def live_config(fake: FakeEasyPost, text: str = "") -> RatesConfig:
    """The same with EasyPost."""
    key = f"easypost_key = {KEY}\neasypost_url = {fake.url}"
    return rates_config("\n".join([key, text, "" if "origin" in text else ORIGIN]))


class Counter:
    """A desk with everything it needs, and short ways to ask it."""

    def __init__(
        self, config: RatesConfig, database: Database, carriers: str = "{}"
    ) -> None:
        metadata = MetaData()
        self.store = QuoteStore(STORE_PREFIX, metadata)
        with database.transaction() as conn:
            metadata.create_all(conn)
        self.desk = Desk(config, self.store, database)
        self.documents = {**DOCUMENTS, METHODS: carriers}

    def ask(self, *, fresh: bool = False, **changes: Any) -> Quotes:
        """What a cart to Dallas would be offered."""
        asked = {
            "country": "US",
            "state": "TX",
            "postcode": "75201",
            "city": "Dallas",
            "totalWeight": "2.5",
            **changes,
        }
        question, problems = read_question(asked)
        assert not problems
        deadline = Deadline.after(self.desk.config.deadline)
        return self.desk.answer(question, self.documents, deadline, fresh=fresh)


def priced(quotes: Quotes) -> dict[str, Decimal]:
    """Amounts by rate id."""
    return {offer.id: offer.quote for offer in quotes.offers}


def sources(quotes: Quotes) -> set[Source]:
    """Where the offers come from."""
    return {offer.source for offer in quotes.offers}


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that happens in another thread."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.01)
