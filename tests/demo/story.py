"""The story: an order up, rates live, the catalog down, a shipment back.

Every step runs the real commands or requests, then reads the databases, and returns
one line about what changed there. A step that finds something else raises Broken.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import requests

from bridge.common import sample

from . import looking
from .stage import Broken, Said, Stage

ORDER = 3044
REFERENCE = f"{sample.ORDER_PREFIX}{ORDER}"
ORDERED, CHANGED = "LIGHT-F600", "CAP-CLASSIC"
DAY, TRACKING = "2026-11-20", "1Z999AA10123456784"
NEW_PRICE, COUNTED = Decimal("21.50"), 64


def create(stage: Stage) -> str:
    """A shop and books, made by the project's own commands."""
    shop = _done(stage.bridge("init-sample"))
    books = _done(stage.portal("init-sample"))
    return f"{shop} {books}"


def export(stage: Stage) -> str:
    """The order travels from the shop into the books."""
    if looking.entries(stage.books, REFERENCE):
        raise Broken(f"the books have {REFERENCE} before it was sent")
    before = looking.stock_in_books(stage.books, ORDERED)
    _done(stage.bridge("export", str(ORDER)))
    entry = _only_entry(stage)
    order = looking.order(stage.shop, ORDER)
    _same("the total", entry.total, order.total)
    if not any(entry.number in note for note in order.private_notes):
        raise Broken(f"order {ORDER} has no note with the number {entry.number}")
    after = looking.stock_in_books(stage.books, ORDERED)
    return (
        f"Order {ORDER} of the shop is {entry.number} in the books: {entry.lines} "
        f"lines, total {order.total:.2f}; stock of {ORDERED} {before} -> {after}; the "
        f"order notes the number."
    )


def export_again(stage: Stage) -> str:
    """The same order once more changes nothing."""
    first = _only_entry(stage)
    said = _done(stage.bridge("export", str(ORDER)))
    again = _only_entry(stage)
    _same("the entry", first, again)
    if again.number not in said:
        raise Broken(f"the repetition was answered without {again.number}: {said}")
    return f"Sent again, it is still {again.number}, and still one entry."


def quote(stage: Stage) -> str:
    """The checkout asks for shipping rates."""
    answer = requests.get(
        f"{stage.books_url}/?bizRt=portal/api/shipGetRates",
        params={
            "country": sample.COUNTRY,
            "state": sample.STATE,
            "postcode": "78701",
            "city": "Austin",
            "totalWeight": "2.5",
        },
        headers={"X-Bizuno-Token": sample.API_TOKEN},
        timeout=10,
    )
    if answer.status_code != 200 or not answer.json()["rates"]:
        raise Broken(f"no rates, but {answer.status_code}: {answer.text}")
    rates = answer.json()["rates"]
    shown = ", ".join(f"{r['id']} {Decimal(str(r['quote'])):.2f}" for r in rates)
    milliseconds = answer.elapsed.total_seconds() * 1000
    return f"Rates for Austin within {milliseconds:.0f} ms: {shown}."


def refresh(stage: Stage) -> str:
    """A price and a count changed in the books reach the shop."""
    before = looking.offers_in_shop(stage.shop)
    looking.change_item(stage.books, CHANGED, NEW_PRICE, COUNTED)
    _done(stage.portal("refresh"))
    after = looking.offers_in_shop(stage.shop)
    _same(
        f"{CHANGED} in the shop",
        looking.offers_in_books(stage.books)[CHANGED],
        after[CHANGED],
    )
    changed = [sku for sku in after if after[sku] != before.get(sku)]
    return (
        f"In the books {CHANGED} now costs {NEW_PRICE} and {COUNTED} were counted. "
        f"The refresh brings the shop from {_offer(before[CHANGED])} to "
        f"{_offer(after[CHANGED])}; {len(changed)} products changed in all."
    )


def refresh_again(stage: Stage) -> str:
    """A refresh without changes changes nothing."""
    before = looking.offers_in_shop(stage.shop)
    _done(stage.portal("refresh", "--all"))
    _same("the shop's catalog", before, looking.offers_in_shop(stage.shop))
    return f"Sent again, all {len(before)} prices and counts stay as they are."


def upload(stage: Stage) -> str:
    """What the shop lacks is uploaded whole."""
    before = looking.offers_in_shop(stage.shop)
    new = sorted(looking.offers_in_books(stage.books).keys() - before.keys())
    _done(stage.portal("upload", "--only", ",".join(new)))
    after = looking.offers_in_shop(stage.shop)
    missing = [sku for sku in new if sku not in after]
    if missing or not new:
        raise Broken(f"not in the shop after the upload: {missing}")
    shown = ", ".join(f"{sku} ({_offer(after[sku])})" for sku in new)
    return f"Uploaded what the shop did not have: {shown}."


def confirm(stage: Stage) -> str:
    """The parcel of the order was handed over; the customer hears of it."""
    entry = _only_entry(stage)
    before = looking.order(stage.shop, ORDER)
    looking.ship(stage.books, entry.id, DAY, TRACKING)
    _done(stage.portal("confirm", "--date", DAY))
    after = looking.order(stage.shop, ORDER)
    if after.status not in ("shipped", "completed"):
        raise Broken(f"order {ORDER} is {after.status}")
    if not any(TRACKING in note for note in after.customer_notes) or not after.mails:
        raise Broken(f"order {ORDER} has no note with {TRACKING}, or no mail")
    return (
        f"{entry.number} left the house on {DAY}. Order {ORDER} went from "
        f"{before.status} to {after.status}; the customer's note names parcel "
        f"{TRACKING} and waits in WooCommerce's queue as a mail."
    )


def confirm_again(stage: Stage) -> str:
    """The same confirmation tells the customer nothing twice."""
    before = looking.order(stage.shop, ORDER)
    _done(stage.portal("confirm", "--date", DAY))
    _same(f"order {ORDER}", before, looking.order(stage.shop, ORDER))
    return "Confirmed again, nothing is noted or mailed twice."


def agree(stage: Stage) -> str:
    """Both databases tell the same."""
    shop, books = (
        looking.offers_in_shop(stage.shop),
        looking.offers_in_books(stage.books),
    )
    for sku, offer in books.items():
        _same(f"{sku} in the shop", offer, shop.get(sku))
    orders = [o for o in sample.ORDERS if o.booked or o.number == ORDER]
    for order in orders:
        (entry,) = looking.entries(stage.books, f"{sample.ORDER_PREFIX}{order.number}")
        total = looking.order(stage.shop, order.number).total
        _same(f"the total of order {order.number}", total, entry.total)
    return (
        f"Both databases agree: price and stock of {len(books)} items, "
        f"totals of {len(orders)} orders."
    )


STEPS: tuple[Callable[[Stage], str], ...] = (
    export,
    export_again,
    quote,
    refresh,
    refresh_again,
    upload,
    confirm,
    confirm_again,
    agree,
)


def _done(said: Said) -> str:
    if said.status != 0:
        raise Broken(f"exit status {said.status}: {said.text}")
    return said.text


def _only_entry(stage: Stage) -> looking.Entry:
    found = looking.entries(stage.books, REFERENCE)
    if len(found) != 1:
        raise Broken(f"the books have {len(found)} entries for {REFERENCE}")
    return found[0]


def _same(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise Broken(f"{what}: expected {expected}, found {found}")


def _offer(offer: looking.Offer) -> str:
    return f"{offer.price:.2f}, {offer.stock} in stock"
