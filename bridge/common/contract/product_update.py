"""``product/update`` on the wire: one product with all it has, under ``data``.

Field names are the ERP's; letter case does not count, unknown ones are ignored
(DECISIONS 4). Everything stays the text that was sent: None is "not sent", an empty
text is "sent empty". What the texts mean is not decided here, only their kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Unprocessable
from .fields import FieldReader, Fields, as_text, members


@dataclass(frozen=True)
class Tier:
    """A price from a quantity on."""

    qty: str
    price: str


@dataclass(frozen=True)
class Attribute:
    """A property: ``title`` as shown, ``value``, ``index`` as the ERP names it."""

    index: str
    title: str
    value: str


@dataclass(frozen=True)
class Picture:
    """A picture: base64 ``data`` (may be empty) to be kept as ``folder``/``name``."""

    field: str
    folder: str
    name: str
    data: str


@dataclass(frozen=True)
class Choice:
    """A choice the customer makes, with its options in order."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Variation:
    """One combination; ``chosen`` pairs the name of a choice with an option.

    ``stock`` is ``stock_qty`` of the plugin's format or ``stock`` of the ERP's.
    """

    sku: str
    chosen: tuple[tuple[str, str], ...]
    regular_price: str | None = None
    sale_price: str | None = None
    stock: str | None = None
    weight: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Options:
    """``invOptions``: the choices of a variable product and its variations."""

    choices: tuple[Choice, ...]
    variations: tuple[Variation, ...]


@dataclass(frozen=True)
class ProductUpdate:
    """One product as it was sent; ``sku`` is trimmed and not empty.

    ``mode`` 1 replaces pictures, 2 leaves those that exist, 3 takes none.
    """

    sku: str
    mode: int = 1
    kind: str | None = None
    inactive: str | None = None
    name: str | None = None
    short: str | None = None
    long: str | None = None
    price: str | None = None
    regular_price: str | None = None
    sale_price: str | None = None
    stock: str | None = None
    weight: str | None = None
    weight_unit: str | None = None
    length: str | None = None
    width: str | None = None
    height: str | None = None
    size_unit: str | None = None
    slug: str | None = None
    categories: str | None = None
    tags: str | None = None
    menu_order: str | None = None
    search_code: str | None = None
    meta_description: str | None = None
    tiers: tuple[Tier, ...] | None = None
    attributes: tuple[Attribute, ...] | None = None
    accessories: tuple[str, ...] | None = None
    options: Options | None = None
    pictures: tuple[Picture, ...] = ()


# attribute of ProductUpdate: the field's names, the plugin's own first
NAMES = {
    "kind": ("Type",),
    "inactive": ("InactiveFlag", "Inactive"),
    "name": ("Description",),
    "short": ("DescriptionSales",),
    "long": ("DescriptionLong",),
    "price": ("Price",),
    "regular_price": ("RegularPrice",),
    "sale_price": ("SalePrice",),
    "stock": ("QtyStock",),
    "weight": ("Weight",),
    "weight_unit": ("WeightUOM",),
    "length": ("ProductLength",),
    "width": ("ProductWidth",),
    "height": ("ProductHeight",),
    "size_unit": ("DimensionUOM",),
    "slug": ("WooCommerceSlug",),
    "menu_order": ("MenuOrder",),
    "search_code": ("SearchCode",),
    "meta_description": ("MetaDescription",),
}
_LISTED = {"categories": ("WooCommerceCategory", ";"), "tags": ("WooCommerceTags", "|")}
_MODES = {"1": 1, "2": 2, "3": 3}


def read_update(body: Mapping[str, Any]) -> ProductUpdate:
    """Read a request body; raises Unprocessable with every problem of kind at once."""
    reader = _Reader()
    data = Fields(body).get("data")
    if not isinstance(data, Mapping):
        data = {}
    sent = Fields(data)
    sku = (reader.text(sent, "SKU") or "").strip()
    if not sku and not reader.problems:
        text = "Bad SKU passed. Needs to be the inventory field id tag name (SKU)."
        reader.fail("SKU", text, "missing")
    values: dict[str, Any] = {}
    for name, spellings in NAMES.items():
        values[name] = reader.first_text(sent, spellings)
    for name, (spelling, separator) in _LISTED.items():
        values[name] = reader.joined(sent, spelling, separator)
    update = ProductUpdate(
        sku=sku,
        mode=_MODES.get((reader.text(sent, "sendMode") or "").strip(), 1),
        tiers=reader.tiers(sent),
        attributes=reader.attributes(sent),
        accessories=reader.accessories(sent),
        options=reader.options(sent),
        pictures=tuple(reader.pictures(sent)),
        **values,
    )
    if reader.problems:
        raise Unprocessable.of(reader.problems)
    return update


class _Reader(FieldReader):
    """The parts of a product that are lists."""

    def tiers(self, sent: Fields) -> tuple[Tier, ...] | None:
        value = sent.get("PriceTiers")
        if value is None:
            return None
        return tuple(
            Tier(
                self.text(row, "qty", f"{path}.") or "",
                self.text(row, "price", f"{path}.") or "",
            )
            for row, path in self.rows(value, "PriceTiers")
        )

    def attributes(self, sent: Fields) -> tuple[Attribute, ...] | None:
        value = sent.get("Attributes")
        if value is None:
            return None
        return tuple(
            Attribute(
                *(
                    (self.text(row, name, f"{path}.") or "").strip()
                    for name in ("index", "title", "value")
                )
            )
            for row, path in self.rows(value, "Attributes")
        )

    def accessories(self, sent: Fields) -> tuple[str, ...] | None:
        value = sent.get("invAccessory")
        if value is None:
            return None
        if not isinstance(value, (list, Mapping)):
            value = [value]
        texts = (
            self.scalar(one, at) or "" for one, at in members(value, "invAccessory")
        )
        return tuple(text.strip() for text in texts if text.strip())

    def options(self, sent: Fields) -> Options | None:
        value = sent.get("invOptions")
        if value in (None, "", []):
            return None
        if not isinstance(value, Mapping):
            self.fail("invOptions", "invOptions must hold attributes and variations.")
            return None
        inner = Fields(value)
        choices = []
        for row, path in self.rows(inner.get("attributes"), "invOptions.attributes"):
            options = row.get("options")
            if not isinstance(options, (list, Mapping)):
                options = [options]
            texts = (
                self.scalar(one, at) or ""
                for one, at in members(options, f"{path}.options")
            )
            name = (self.text(row, "name", f"{path}.") or "").strip()
            choices.append(Choice(name, tuple(t.strip() for t in texts if t.strip())))
        rows = self.rows(inner.get("variations"), "invOptions.variations")
        return Options(tuple(choices), tuple(self.variation(r, p) for r, p in rows))

    def variation(self, row: Fields, path: str) -> Variation:
        base = f"{path}."
        chosen = row.get("attributes")
        if chosen in (None, "", []):
            chosen = {}
        if not isinstance(chosen, Mapping):
            self.fail(f"{base}attributes", f"{base}attributes must map name to option.")
            chosen = {}
        return Variation(
            (self.text(row, "sku", base) or "").strip(),
            tuple(
                (
                    str(as_text(name)).strip(),
                    (self.scalar(option, f"{base}attributes") or "").strip(),
                )
                for name, option in chosen.items()
            ),
            self.text(row, "regular_price", base),
            self.text(row, "sale_price", base),
            self.first_text(row, ("stock_qty", "stock"), base),
            self.text(row, "weight", base),
            self.text(row, "description", base),
        )

    def pictures(self, sent: Fields) -> Iterator[Picture]:
        """The main picture first; without its name there are none (as recorded)."""
        name = self.text(sent, "ProductImageFilename") or ""
        folder = self.text(sent, "ProductImageDirectory") or ""
        data = self.text(sent, "ProductImageData") or ""
        extra = list(self.rows(sent.get("Images"), "Images"))
        if not name.strip():
            return
        yield Picture("ProductImageData", folder, name, data)
        for row, path in extra:
            base = f"{path}."
            yield Picture(
                path,
                self.text(row, "Path", base) or "",
                self.text(row, "Filename", base) or "",
                self.text(row, "Data", base) or "",
            )
