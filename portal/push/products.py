"""What the store is told about an item; pure, texts as they stand in the form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..books.settings import decode, dig
from .fields import outgoing, spellings
from .phpvalues import is_empty, text
from .pictures import Picture, names_of
from .pricing import Quote, Step, quote, tiers
from .reading import Catalog, Item

Document = dict[str, Any]
_NOT_IN_ADDRESS = re.compile(r"[^a-zA-Z0-9 _-]")


def refresh_document(catalog: Catalog, item: Item) -> Document:
    """Stock, weight and prices of one item, as ``product/refresh`` takes them."""
    return _priced(catalog, item, _quote(catalog, item))


def _quote(catalog: Catalog, item: Item) -> Quote:
    return quote(item.priced, catalog.sheets_of(item), catalog.choices.places)


def _priced(catalog: Catalog, item: Item, found: Quote) -> Document:
    price = text(found.price)
    document: Document = {
        "SKU": item.sku,
        "QtyStock": text(catalog.availability.of(item.stock)),
        **({} if item.weight is None else {"Weight": text(item.weight)}),
        "Type": item.stock.kind,
        "FullPrice": text(item.priced.full),
        "Price": price,
        "RegularPrice": price,
        "SalePrice": text(item.sale_price) if item.sale_price else "",
    }
    if offered := tiers(found):
        document["PriceTiers"] = [
            {"qty": text(qty), "price": text(tier)} for qty, tier in offered
        ]
    return document


def update_document(
    catalog: Catalog,
    item: Item,
    mode: int,
    *,
    accessories: Mapping[int, str],
    variations: Document | None = None,
) -> Document:
    """Everything of one item but the content of pictures, for ``product/update``.

    ``accessories`` maps item IDs to SKUs; ``variations`` stands for the options.
    """
    document: Document = {}
    for column, name in outgoing(catalog.fields).items():
        if (value := item.row.get(column)) is not None:
            document |= dict.fromkeys(spellings(name), text(value))
    if document.get("invOptions"):
        document["invOptions"] = variations
    found = _quote(catalog, item)
    document["SEO_URL"] = _address(item.row.get("description_short"))
    document["sendMode"] = str(mode)
    document |= _priced(catalog, item, found)
    document["PriceLevels"] = levels_document(found)
    document["WeightUOM"] = catalog.choices.weight_unit
    document["DimensionUOM"] = catalog.choices.size_unit
    main, _ = names_of(item.row)
    folder, file = _split(main) if main else ("", "")
    document["ProductImageFilename"] = file
    document["ProductImageDirectory"] = folder
    _add_accessories(document, accessories)
    _add_attributes(document, catalog.choices.attributes)
    return _without_nothing(document)


def with_pictures(
    document: Document, item: Item, pictures: Mapping[str, Picture]
) -> Document:
    """The document with the content of its pictures; those not found are left out.

    Modes 1 and 2 only: in mode 3 no content travels (DECISIONS 52).
    """
    main, others = names_of(item.row)
    images = [
        {"Title": file, "Path": folder, "Filename": file, "Data": found.content}
        for name in others
        if (found := pictures.get(name, Picture())).content
        for folder, file in (_split(name),)
    ]
    content = pictures.get(main, Picture()).content
    return {
        **document,
        **({"Images": images} if images else {}),
        "ProductImageData": content,
    }


def _address(title: Any) -> str | None:
    return None if is_empty(title) else _NOT_IN_ADDRESS.sub("", text(title))


def levels_document(found: Quote) -> list[Document]:
    """Every sheet that concerns the item, as the ERP lays it out."""
    return [
        _without_nothing(
            {
                "title": _or_none(sheet.title),
                "default": _or_none(sheet.default),
                "sheets": [_step(step) for step in sheet.steps],
            }
        )
        for sheet in found.sheets
    ]


def _step(step: Step) -> Document:
    amounts = {"price": text(step.price), "weight": text(step.weight)}
    qty = {} if step.qty is None else {"qty": text(step.qty)}
    return {"label": text(step.label), **qty, **amounts}


def _or_none(value: Any) -> str | None:
    return None if value is None else text(value)


def _split(name: str) -> tuple[str, str]:
    """Folder, with the slash at its end, and file of a picture's name."""
    folder, _, file = name.rpartition("/")
    return f"{folder or '.'}/", file


def accessory_ids(document: str | None) -> list[int] | None:
    """The IDs in an item's list of accessories; None for what is no list."""
    found = decode(document)
    if not isinstance(found, (list, dict)):
        return None
    members = [text(m) for m in (found.values() if isinstance(found, dict) else found)]
    return [int(m) for m in members if m.isascii() and m.isdigit()]


def _add_accessories(document: Document, skus: Mapping[int, str]) -> None:
    """IDs become SKUs; what is no list stays as it is, an unknown ID is left out."""
    ids = accessory_ids(document.get("invAccessory"))
    if ids is not None:
        document["invAccessory"] = [skus[i] for i in ids if i in skus]


def _add_attributes(document: Document, known: Mapping[str, Any]) -> None:
    """The item's attributes with the labels of their category, if it has labels."""
    data = decode(document.get("bizProAttr"))
    category = dig(data, "category")
    labels = _by_index(known.get(text(category)) if not is_empty(category) else None)
    if not labels:
        return
    document["AttributeCategory"] = text(category)
    document["Attributes"] = [
        _without_nothing(
            {
                "index": text(index),
                "title": text(labels.get(index) or "uncategorized"),
                "value": _or_none(value),
            }
        )
        for index, value in _by_index(dig(data, "attrs")).items()
    ]
    del document["bizProAttr"]


def _by_index(value: Any) -> dict[str, Any]:
    """A PHP array that JSON may have made a list of."""
    if isinstance(value, list):
        return {str(at): member for at, member in enumerate(value)}
    return value if isinstance(value, dict) else {}


def _without_nothing(document: Document) -> Document:
    """Without what vanishes on the wire: None, empty lists and empty dicts."""
    return {k: v for k, v in document.items() if v is not None and v != [] and v != {}}
