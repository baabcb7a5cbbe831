"""``product/refresh`` and ``product/sync`` on the wire.

Field names are the ERP's; letter case does not count, unknown ones are ignored
(DECISIONS 4). Everything stays the text that was sent: None is "not sent", an empty
text is "sent empty". JSON's null is not sent, as a form cannot carry it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import FieldProblem, Unprocessable
from .fields import Fields, as_text

_TRUE = ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class RefreshTier:
    """A price from a quantity on, as texts; ``path`` names it in the request."""

    path: str
    quantity: str
    price: str


@dataclass(frozen=True, slots=True)
class RefreshRow:
    """Price, stock, weight and price tiers of one SKU; ``path`` is ``data[3]``.

    ``sku`` is trimmed. ``price`` is ``RegularPrice``, or ``Price`` where the former is
    missing or empty. ``tiers`` None is "not sent". ``problems`` is what is of the wrong
    kind; such a row is refused and the others go on.
    """

    path: str
    sku: str = ""
    quantity: str | None = None
    weight: str | None = None
    weight_unit: str | None = None
    price: str | None = None
    sale_price: str | None = None
    tiers: tuple[RefreshTier, ...] | None = None
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True)
class SyncList:
    """Every SKU that belongs into the store; ``delete`` removes what is not listed.

    ``force`` lifts the limit on how much may be removed at once.
    """

    skus: tuple[str, ...]
    delete: bool = False
    force: bool = False


_NAMES = {
    name.lower(): name
    for name in (
        "SKU",
        "QtyStock",
        "Weight",
        "WeightUOM",
        "Price",
        "RegularPrice",
        "SalePrice",
        "PriceTiers",
    )
}


def read_refresh(body: Mapping[str, Any]) -> list[RefreshRow]:
    """The rows of a request; raises Unprocessable when there is no list of them."""
    data = Fields(body).get("data")
    if data is None or data == "" or data == [] or data == {}:
        raise _refusal(
            "data", "No items provided; send a list of products as data.", "missing"
        )
    if isinstance(data, Mapping) and all(
        isinstance(member, (Mapping, list)) for member in data.values()
    ):
        # PHP has one kind of array: a list whose first entries were taken out
        return [_row(f"data[{key}]", one) for key, one in data.items()]
    if not isinstance(data, list):
        raise _refusal("data", "data must be a list of products, one entry each.")
    return [_row(f"data[{at}]", one) for at, one in enumerate(data)]


def _row(path: str, sent: Any) -> RefreshRow:
    if not isinstance(sent, Mapping):
        text = f"{path} must hold the fields of one product."
        return RefreshRow(path, problems=(FieldProblem(path, text),))
    values: dict[str, Any] = {}
    for key, value in sent.items():
        if key in _EXACT:
            values[key] = value
        elif (name := _NAMES.get(str(key).lower())) is not None:
            values.setdefault(name, value)
    problems: list[FieldProblem] = []
    tiers = values.pop("PriceTiers", None)
    texts: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            texts[name] = value
        elif isinstance(value, (Mapping, list)):
            text = f"{name} must be one value, not a list; send it as text."
            problems.append(FieldProblem(f"{path}.{name}", text))
        elif (plain := as_text(value)) is not None:
            texts[name] = plain
    price = texts.get("RegularPrice", "")
    return RefreshRow(
        path,
        (as_text(texts.get("SKU")) or "").strip(),
        texts.get("QtyStock"),
        texts.get("Weight"),
        texts.get("WeightUOM"),
        price if price.strip() else texts.get("Price", texts.get("RegularPrice")),
        texts.get("SalePrice"),
        None if tiers is None else tuple(_tiers(f"{path}.PriceTiers", tiers, problems)),
        tuple(problems),
    )


_EXACT = frozenset(_NAMES.values())


def _tiers(path: str, sent: Any, problems: list[FieldProblem]) -> Iterator[RefreshTier]:
    if sent == "":
        return
    if not isinstance(sent, (list, Mapping)):
        text = "PriceTiers must be a list of qty and price; leave it out for none."
        problems.append(FieldProblem(path, text))
        return
    members: Iterable[tuple[Any, Any]]
    members = sent.items() if isinstance(sent, Mapping) else enumerate(sent)
    for key, tier in members:
        inner = f"{path}[{key}]"
        if not isinstance(tier, Mapping):
            text = "A price tier must hold qty and price."
            problems.append(FieldProblem(inner, text))
            continue
        fields = Fields(tier)
        parts = [fields.get("qty"), fields.get("price")]
        if any(isinstance(part, (Mapping, list)) for part in parts):
            text = "qty and price of a price tier must be numbers."
            problems.append(FieldProblem(inner, text))
            continue
        quantity, price = (as_text(part) or "" for part in parts)
        yield RefreshTier(inner, quantity.strip(), price.strip())


def read_sync(body: Mapping[str, Any], query: Mapping[str, str]) -> SyncList:
    """The list of a sync; raises Unprocessable unless it is there and not empty.

    ``syncSkus`` is a JSON text inside the form (recorded), or a list. ``syncForce``
    may stand beside it, beside ``data``, or in the address (``query``).
    """
    data = Fields(body).get("data")
    sent = Fields(data) if isinstance(data, Mapping) else Fields({})
    listed = sent.get("syncSkus")
    if isinstance(listed, str) and listed.strip():
        try:
            listed = json.loads(listed)
        except (ValueError, RecursionError):
            raise _refusal(
                "data.syncSkus", "syncSkus must be a JSON list of SKUs; nothing done."
            ) from None
    if isinstance(listed, Mapping):
        listed = list(listed.values())
    if listed in (None, "", []):
        raise _refusal(
            "data.syncSkus",
            "syncSkus is missing or empty, which would remove the whole catalog; send "
            "the list of all SKUs that belong into the store.",
            "missing",
        )
    if not isinstance(listed, list) or any(
        isinstance(one, (list, Mapping, bool)) for one in listed
    ):
        raise _refusal("data.syncSkus", "syncSkus must be a list of SKUs as texts.")
    skus = dict.fromkeys((as_text(one) or "").strip() for one in listed)
    skus.pop("", None)
    if not skus:
        raise _refusal("data.syncSkus", "syncSkus holds no SKU at all.", "missing")
    places = (sent, Fields(body), Fields(query))
    force = any(_flag(place, "syncForce") for place in places)
    return SyncList(tuple(skus), _flag(sent, "syncDelete"), force)


def _flag(sent: Fields, name: str) -> bool:
    value = sent.get(name)
    if isinstance(value, (list, Mapping)):
        raise _refusal(f"data.{name}", f"{name} must be 0 or 1.")
    return (as_text(value) or "").strip().lower() in _TRUE


def _refusal(field: str, text: str, code: str = "invalid") -> Unprocessable:
    return Unprocessable.of([FieldProblem(field, text, code)])
