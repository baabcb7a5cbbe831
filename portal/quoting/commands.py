"""``bizuno-portal rates``: ask as a store would, and see who said what."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from bridge.common.commands import load_config
from bridge.common.contract.rates import read_question
from bridge.common.errors import Unprocessable

from ..books import Books
from ..books.settings import read_documents
from .desk import Desk
from .offers import Deadline, Offer, Quotes
from .terms import METHODS


@click.command("rates")
@click.option("--country", help="Code or English name; default: where parcels start.")
@click.option("--state", help="Code of the state.")
@click.option("--postcode", help="Without one there are no rates.")
@click.option("--city", help="Some carriers want it.")
@click.option("--weight", default="0", help="In the store's unit.")
@click.option("--value", help="What the goods are worth.")
@click.option("--items", help="How many pieces.")
@click.option("--fresh", is_flag=True, help="Ask the carriers, whatever is cached.")
@click.option("--explain", is_flag=True, help="Who said what, when, and what is out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def rates(
    country: str | None,
    state: str | None,
    postcode: str | None,
    city: str | None,
    weight: str,
    value: str | None,
    items: str | None,
    fresh: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Shipping rates as a store would get them; status 1 if there are none."""
    question, problems = read_question(
        {
            "country": country,
            "state": state,
            "postcode": postcode,
            "city": city,
            "totalWeight": weight,
            "cart_subtotal": value,
            "item_count": items,
        }
    )
    if problems:
        raise Unprocessable.of(problems)
    config = load_config()
    books = Books.of(config)
    desk = Desk(config.rates, books.quotes, books.database)
    try:
        deadline = Deadline.after(config.rates.deadline)
        with books.database.read() as conn:
            documents = read_documents(conn, desk.modules, [METHODS])
        quotes = desk.answer(question, documents, deadline, fresh=fresh)
    finally:
        desk.close()
        books.database.dispose()
    lines = as_document(quotes) if as_json else told(quotes, desk, explain)
    for line in lines:
        click.echo(line)
    if not quotes.offers:
        raise SystemExit(1)


def told(quotes: Quotes, desk: Desk, explain: bool) -> Iterator[str]:
    """The answer in lines for people."""
    yield from map(_offer, quotes.offers)
    if quotes.unservable:
        yield f"No rates: {quotes.unservable[0]}"
    elif not quotes.offers:
        yield "No rates."
    if not explain:
        yield from quotes.missing
        return
    for report in quotes.reports:
        yield ""
        how = report.source
        if report.state != report.source:
            how += f", {report.state}"
        yield f"{report.carrier}: {how}, {report.seconds * 1000:.0f} ms"
        for offer in report.offers:
            yield f"  {_offer(offer)}"
        for note in report.notes:
            yield f"  {note}"
        for text in report.dropped:
            yield f"  dropped: {text}"
    for offer in quotes.left_out:
        yield f"not offered, by [rates] services or its price: {_offer(offer)}"
    problem = desk.table.problem if desk.table else None
    if problem:
        yield "The table of rates is not used as it stands:"
        yield from (f"  {line}" for line in str(problem).splitlines())


def _offer(offer: Offer) -> str:
    age = f", {offer.age} s old" if offer.age else ""
    quote = f"{offer.quote:>9.2f}"
    return f"{offer.id:<20} {quote}  {offer.title} ({offer.source.value}{age})"


def as_document(quotes: Quotes) -> Iterator[str]:
    """The answer as one JSON object."""
    yield json.dumps(
        {
            "rates": [_as_dict(offer) for offer in quotes.offers],
            "missing": quotes.missing,
            "unservable": quotes.unservable,
            "carriers": [
                {
                    "carrier": report.carrier,
                    "source": report.source,
                    "state": report.state,
                    "seconds": round(report.seconds, 4),
                    "offers": [_as_dict(offer) for offer in report.offers],
                    "notes": report.notes,
                    "dropped": report.dropped,
                }
                for report in quotes.reports
            ],
        }
    )


def _as_dict(offer: Offer) -> dict[str, str | int]:
    return {
        "id": offer.id,
        "title": offer.title,
        "quote": str(offer.quote),
        "source": offer.source.value,
        "age": offer.age,
    }
