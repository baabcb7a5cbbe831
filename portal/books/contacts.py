"""Customers: found by e-mail, else by name and place; kept up to date, or created."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, case, func, insert, literal, select, update

from bridge.common.batch import Answer, Batch, Figure, Writer
from bridge.common.prepared import Rows

from .tables import contacts, journal_main

FIELDS = (
    "primary_name",
    "contact",
    "address1",
    "address2",
    "city",
    "state",
    "postal_code",
    "country",
    "telephone1",
    "email",
)
"""Columns that the store's billing address fills."""
_EMPTY_TEXTS = (
    "contact_first",
    "contact_last",
    "flex_field_1",
    "gov_id_number",
)
_PLACE = ("primary_name", "postal_code", "address1")
_t, _m = contacts.c, journal_main.c
_BEFORE = (
    select(func.max(_m.id))
    .where(
        _m.contact_id_b == _t.id,
        _m.id <= bindparam("since"),
        _m.purch_order_id == bindparam("number"),
    )
    .scalar_subquery()
)
_CUSTOMERS = (
    select(_t.id, *(_t[name] for name in FIELDS), _BEFORE.label("before")).where(
        _t.ctype_c == "1"
    )
    # active ones first, then the oldest (DECISIONS 36)
    .order_by(case((_t.inactive.in_([literal("0"), literal("")]), 0), else_=1), _t.id)
)
# with other accents there may be some more
_BY_EMAIL = _CUSTOMERS.where(_t.email == bindparam("email")).limit(1000)
_BY_PLACE = _CUSTOMERS.where(
    _t.primary_name == bindparam("primary_name"),
    _t.postal_code == bindparam("postal_code"),
    _t.address1 == bindparam("address1"),
).limit(1)
_UPDATE = update(contacts).where(_t.id == bindparam("customer"))
_CREATE = insert(contacts)


def ask_customer(
    batch: Batch, address: Mapping[str, str], order: str = "", since: int = 0
) -> Answer[Row[Any] | None]:
    """The customer with this e-mail address; without one, at this name and place.

    ``address`` has the columns of ``FIELDS``. Letter case does not count, accents do:
    the database would take jose@ and josé@ for one. Column ``before`` is an entry of
    the customer with this order's number, up to the ID ``since``; NULL without one.
    """
    asked = {"number": order, "since": since}
    if not address["email"]:
        asked |= {name: address[name] for name in _PLACE}
        return batch.ask(_BY_PLACE, asked, lambda rows: rows[0] if rows else None)
    wanted = address["email"].casefold()

    def same(rows: Rows) -> Row[Any] | None:
        found = (row for row in rows if row.email.strip().casefold() == wanted)
        return next(found, None)

    return batch.ask(_BY_EMAIL, {**asked, "email": address["email"]}, same)


def update_customer(
    writer: Writer, customer: Row[Any], address: Mapping[str, str]
) -> None:
    """Take over what the store sent; an empty field never erases a filled one."""
    known = customer._mapping
    changed = {
        name: address[name]
        for name in FIELDS
        if address[name] and address[name] != known[name]
    }
    if changed:
        writer.execute(_UPDATE, {"customer": customer.id, **changed})


def create_customer(
    batch: Batch,
    address: Mapping[str, str],
    number: str,
    account: str | None,
    today: date,
) -> Figure:
    """A new customer as Bizuno makes one from the cart; its ID.

    ``number`` becomes ``short_name``, ``account`` the sales account.
    """
    values = {
        **{name: address[name] for name in FIELDS},
        **dict.fromkeys(_EMPTY_TEXTS, ""),
        "ctype_c": "1",
        "short_name": number,
        "rep_id": "0",
        "gl_account": account,
        "first_date": today,
        "date_last": today,
    }
    return batch.insert(_CREATE, values)
