"""Contacts of the sample books: users, a vendor and the customers known already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bridge.common import sample
from bridge.common.sample import SampleCustomer

ADMIN_EMAIL = "office@ridgeline.example"
API_EMAIL = "store-api@ridgeline.example"
ROLE_ID = 10
_ISO3 = {"US": "USA", "DE": "DEU"}


@dataclass(frozen=True)
class Person:
    """A contact; ``role`` is the letter of its type: u user, v vendor, c customer."""

    id: int
    role: str
    short_name: str
    name: str
    email: str
    contact: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str = "USA"
    phone: str = ""
    since: str = "2025-01-02"
    inactive: bool = False


def _customer(ident: int, short_name: str, known: SampleCustomer, since: str) -> Person:
    name = f"{known.first} {known.last}"
    return Person(
        ident,
        "c",
        short_name,
        known.company or name,
        known.email,
        name if known.company else None,
        known.street,
        known.city,
        known.state,
        known.postcode,
        _ISO3[known.country],
        known.phone,
        since,
    )


ADMIN = Person(1, "u", ADMIN_EMAIL, "Robin Hale", ADMIN_EMAIL)
API_USER = Person(2, "u", API_EMAIL, "Web store", API_EMAIL)
FORMER = Person(
    3, "u", "sam@ridgeline.example", "Sam Ortiz", "sam@ridgeline.example", inactive=True
)
VENDOR = Person(
    4,
    "v",
    "V000001",
    "Longhorn Bicycle Supply",
    "orders@longhorn-supply.example",
    "Dana Price",
    "2200 Freight Road",
    "Waco",
    "TX",
    "76701",
    phone="254-555-0166",
)
ANNA = _customer(5, "C000001", sample.ANNA, "2025-03-14")
MARISOL = _customer(6, "C000002", sample.MARISOL, "2026-02-20")
CLUB = _customer(7, "C000003", sample.CLUB, "2025-05-02")
WALK_IN = Person(
    8,
    "c",
    "C000004",
    "Counter sale",
    "",
    street="301 Ridgeline Avenue",
    city="Austin",
    state="TX",
    postcode="78701",
)

PEOPLE = (ADMIN, API_USER, FORMER, VENDOR, ANNA, MARISOL, CLUB, WALK_IN)
CUSTOMERS = {p.email: p for p in (ANNA, MARISOL, CLUB)}
NEXT_CUSTOMER, NEXT_VENDOR = "C000005", "V000002"


def contacts() -> Iterator[dict[str, Any]]:
    """One row per person."""
    for person in PEOPLE:
        yield {
            "id": person.id,
            **{f"ctype_{role}": str(int(role == person.role)) for role in "bceijuv"},
            "short_name": person.short_name,
            "inactive": str(int(person.inactive)),
            "primary_name": person.name,
            "contact": person.contact,
            "address1": person.street,
            "city": person.city,
            "state": person.state,
            "postal_code": person.postcode,
            "country": person.country,
            "email": person.email,
            "telephone1": person.phone,
            "first_date": person.since,
        }


def contacts_meta() -> Iterator[dict[str, Any]]:
    """The profile of each user, which names its role."""
    for person in PEOPLE:
        if person.role == "u":
            profile = {"email": person.email, "role_id": ROLE_ID}
            yield {
                "ref_id": person.id,
                "meta_key": "user_profile",
                "meta_value": json.dumps(profile, separators=(",", ":")),
            }
