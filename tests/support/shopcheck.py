"""Does a shop hang together? An independent, slow and plain check for tests.

Written from the rules, not from the code under test: one query per table, everything
recomputed in Python.
"""

from __future__ import annotations

import time
from collections import defaultdict
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from bridge.common import phpdata
from bridge.shop import Shop

_TYPES = ("product", "product_variation")
_SINGLE = ("_regular_price", "_sale_price", "_stock", "_stock_status", "_weight")


def findings(shop: Shop) -> list[str]:
    """Everything that is wrong with prices, stock, lookup rows, terms and counts."""
    with shop.database.read() as conn:
        return _Check(shop, conn).run()


def number(text: Any) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))


class _Check:
    def __init__(self, shop: Shop, conn: Connection) -> None:
        t = shop.tables
        self.wrong: list[str] = []
        self.posts = {
            row.ID: row
            for row in conn.execute(select(t.posts))
            if row.post_type in _TYPES
        }
        self.metas: dict[int, dict[str, list[Any]]] = defaultdict(dict)
        for row in conn.execute(select(t.postmeta).order_by(t.postmeta.c.meta_id)):
            self.metas[row.post_id].setdefault(row.meta_key, []).append(row.meta_value)
        lookup = t.wc_product_meta_lookup
        self.lookup = {r.product_id: r for r in conn.execute(select(lookup))}
        self.filters = conn.execute(select(t.wc_product_attributes_lookup)).all()
        names = {r.term_id: r.slug for r in conn.execute(select(t.terms))}
        self.terms = {
            r.term_taxonomy_id: (r, names[r.term_id])
            for r in conn.execute(select(t.term_taxonomy))
        }
        self.relations: dict[int, set[int]] = defaultdict(set)
        for row in conn.execute(select(t.term_relationships)):
            self.relations[row.object_id].add(row.term_taxonomy_id)
        self.termmeta = conn.execute(select(t.termmeta)).all()

    def one(self, ident: int, key: str) -> str:
        values = self.metas[ident].get(key) or [""]
        return values[0] or ""

    def slugs(self, ident: int, taxonomy: str) -> list[str]:
        found = (self.terms[one] for one in self.relations[ident])
        return [slug for row, slug in found if row.taxonomy == taxonomy]

    def kind(self, ident: int) -> str:
        if self.posts[ident].post_type == "product_variation":
            return "variation"
        return (self.slugs(ident, "product_type") or ["simple"])[0]

    def run(self) -> list[str]:
        for ident in self.posts:
            for key in _SINGLE:
                if len(self.metas[ident].get(key, [])) > 1:
                    self.wrong.append(f"{ident}: {key} twice")
            if self.posts[ident].post_status != "trash":
                self.price(ident)
                self.stock(ident)
                self.row(ident)
        for row in self.filters:
            if row.in_stock != (
                self.one(row.product_id, "_stock_status") != "outofstock"
            ):
                self.wrong.append(f"{row.product_id}: filter says {row.in_stock}")
        self.counts()
        self.tree_counts()
        return self.wrong

    def children(self, ident: int) -> list[int]:
        return [
            one
            for one, row in self.posts.items()
            if row.post_parent == ident and row.post_status == "publish"
        ]

    def price(self, ident: int) -> None:
        have = [number(v) for v in self.metas[ident].get("_price", [])]
        if self.kind(ident) == "variable":
            prices = {number(self.one(c, "_price")) for c in self.children(ident)}
            want = sorted(p for p in prices if p is not None)
            if have != want:
                self.wrong.append(f"{ident}: price rows {have}, wanted {want}")
            return
        regular = number(self.one(ident, "_regular_price"))
        sale = number(self.one(ident, "_sale_price"))
        start, end = (
            number(self.one(ident, f"_sale_price_dates_{bound}"))
            for bound in ("from", "to")
        )
        now = Decimal(time.time())
        on = sale is not None and regular is not None and sale < regular
        on = on and (start is None or start <= now) and (end is None or end >= now)
        price = sale if on else regular
        if (have or [None]) != [price]:
            self.wrong.append(f"{ident}: _price {have}, wanted {price}")

    def stock(self, ident: int) -> None:
        status = self.one(ident, "_stock_status") or "instock"
        hidden = "outofstock" in self.slugs(ident, "product_visibility")
        if hidden != (status == "outofstock"):
            self.wrong.append(f"{ident}: status {status}, hidden {hidden}")
        if self.one(ident, "_manage_stock") == "yes":
            quantity = number(self.one(ident, "_stock")) or Decimal(0)
            lends = self.one(ident, "_backorders") not in ("", "no")
            want = (
                "instock" if quantity > 0 else "onbackorder" if lends else "outofstock"
            )
            if status != want:
                self.wrong.append(f"{ident}: status {status} with {quantity}")
        elif self.kind(ident) == "variable" and self.children(ident):
            found = {self.one(c, "_stock_status") for c in self.children(ident)}
            want = next(
                (s for s in ("instock", "onbackorder") if s in found), "outofstock"
            )
            if status != want:
                self.wrong.append(f"{ident}: status {status}, variations {want}")

    def row(self, ident: int) -> None:
        row = self.lookup.get(ident)
        if row is None:
            self.wrong.append(f"{ident}: no lookup row")
            return
        prices = [number(v) or Decimal(0) for v in self.metas[ident].get("_price", [])]
        prices = prices or [Decimal(0)]
        sale = number(self.one(ident, "_sale_price"))
        managed = self.one(ident, "_manage_stock") == "yes"
        want = {
            "sku": self.one(ident, "_sku"),
            "min_price": round(prices[0], 4),
            "max_price": round(prices[-1], 4),
            "onsale": int(sale is not None and sale == prices[0]),
            "stock_quantity": number(self.one(ident, "_stock")) if managed else None,
            "stock_status": self.one(ident, "_stock_status") or "instock",
        }
        for name, value in want.items():
            have = row._mapping[name]
            if name.endswith("price"):
                have = have or Decimal(0)
            if have != value:
                self.wrong.append(f"{ident}: lookup {name} is {have}, wanted {value}")

    def counts(self) -> None:
        for ident, (row, slug) in self.terms.items():
            if not row.taxonomy.startswith("product_"):
                continue
            kinds = _TYPES if row.taxonomy == "product_visibility" else _TYPES[:1]
            want = sum(
                ident in self.relations[one]
                for one, post in self.posts.items()
                if post.post_status == "publish" and post.post_type in kinds
            )
            if row.count != want:
                self.wrong.append(f"{row.taxonomy}/{slug}: {row.count}, wanted {want}")

    def below(self, ident: int) -> set[int]:
        top = self.terms[ident][0]
        found = {ident}
        for one, (row, _) in self.terms.items():
            if row.taxonomy == top.taxonomy and row.parent == top.term_id:
                found |= self.below(one)
        return found

    def tree_counts(self) -> None:
        stored = {(r.term_id, r.meta_key): r.meta_value for r in self.termmeta}
        for ident, (row, slug) in self.terms.items():
            if row.taxonomy not in ("product_cat", "product_tag"):
                continue
            members = self.below(ident)
            want = sum(
                bool(members & self.relations[one])
                for one, post in self.posts.items()
                if post.post_status == "publish" and post.post_type == "product"
            )
            have = stored.get((row.term_id, f"product_count_{row.taxonomy}"), "0")
            if int(have) != want:
                self.wrong.append(f"{slug}: tree count {have}, wanted {want}")


def snapshot(shop: Shop) -> dict[str, set[str]]:
    """Every row of every WordPress table, transient versions left out."""
    out: dict[str, set[str]] = {}
    with shop.database.read() as conn:
        for table in shop.tables.metadata.sorted_tables:
            rows = conn.execute(select(table)).all()
            out[table.name] = {repr(tuple(row)) for row in rows}
    return out


def unserialized(text: str | None) -> Any:
    """A stored PHP value; arrays that count from 0 as lists."""
    value = phpdata.loads(text or "N;")
    return _listed(value)


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if list(value) == list(range(len(value))):
        return [_listed(member) for member in value.values()]
    return {key: _listed(member) for key, member in value.items()}
