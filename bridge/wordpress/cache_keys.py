"""Which keys of its object cache WordPress and WooCommerce keep of what we write; pure.

Without a persistent cache these live for one page view only. With one they outlive our
writes, so everything that WordPress itself would drop for the same change is named
here, by group and key. A group that cannot be listed has a key of its own that all
others of the group contain (``last_changed``, ``wc_<group>_cache_prefix``): without it
WordPress makes a new one and finds nothing of the old any more.

The group ``counts`` is missing because WordPress never lets it persist. Mirrors
WordPress 6.8 (``clean_post_cache``, ``clean_term_cache``) and WooCommerce 10.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .kinds import TYPE, VISIBILITY
from .terms import CATEGORY, TAG
from .transients import ORDER_STATUSES, ORDER_VERSIONS, PER_PRODUCT, SHOP_WIDE, VERSIONS

Key = tuple[str, str]
ALL_OPTIONS: Key = ("options", "alloptions")
_TAXONOMIES = (CATEGORY, TAG, TYPE, VISIBILITY)
_ZONES = ("server", "gmt", "blog")


@dataclass(frozen=True)
class Stale:
    """What a call changed, as far as caches keep it.

    ``posts`` are IDs of products, variations and pictures, ``terms`` are
    ``term_taxonomy_id``, ``options`` names of options, ``statuses`` those that orders
    left or came to, with ``wc-``.
    """

    posts: frozenset[int] = frozenset()
    terms: frozenset[int] = frozenset()
    options: frozenset[str] = frozenset()
    comments: frozenset[int] = frozenset()
    orders: frozenset[int] = frozenset()
    statuses: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.posts or self.terms or self.orders)


def stale_keys(stale: Stale, terms: Iterable[tuple[int, str]]) -> list[Key]:
    """Every key to be dropped, in an order that does not matter.

    ``terms`` are ``(term_id, taxonomy)`` of the terms whose counts may have changed.
    """
    keys = [("posts", "last_changed")]
    if stale.posts:
        keys += _of_shop(bool(stale.terms))
        for ident in stale.posts:
            keys += product_keys(ident)
    keys += _of_terms(terms)
    if stale.options:
        keys += [ALL_OPTIONS, ("options", "notoptions")]
        keys += [("options", name) for name in stale.options]
    if stale.orders:
        keys += _of_orders(stale)
    if stale.comments or stale.orders:
        keys.append(("comment", "last_changed"))
        keys += [("comment", str(ident)) for ident in stale.comments]
    return keys


def product_keys(ident: int) -> Iterator[Key]:
    """What is kept of one product, variation or picture."""
    name = str(ident)
    yield "posts", name
    yield "posts", f"post_parent:{name}"
    yield "post_meta", name
    for taxonomy in _TAXONOMIES:
        yield f"{taxonomy}_relationships", name
    yield prefix_key(f"product_{name}")
    yield prefix_key(f"object_{name}")
    yield f"object_{name}", "lookup_table"
    yield "product_variation_meta_data", name
    for family in PER_PRODUCT:
        yield "transient", f"{family}{name}"


def prefix_key(group: str) -> Key:
    """The key that is part of every other key in a group of WooCommerce's."""
    return group, f"wc_{group}_cache_prefix"


def _of_shop(terms: bool) -> Iterator[Key]:
    """What is kept of the whole catalog."""
    yield "terms", "last_changed"
    for name in SHOP_WIDE:
        yield "transient", name
    for name in VERSIONS:
        yield _version(name)
    if terms:
        yield "transient", "wc_term_counts"
    for zone in _ZONES:
        for name in ("lastpostmodified", "lastpostdate"):
            yield "timeinfo", f"{name}:{zone}"
            yield "timeinfo", f"{name}:{zone}:product"


def _version(name: str) -> Key:
    return "transient", f"{name}-transient-version"


def _of_terms(terms: Iterable[tuple[int, str]]) -> Iterator[Key]:
    taxonomies = set()
    for ident, taxonomy in terms:
        taxonomies.add(taxonomy)
        yield "terms", str(ident)
        yield "term_meta", str(ident)
        if taxonomy == CATEGORY:
            yield CATEGORY, f"product-category-hierarchy-{ident}"
    for taxonomy in taxonomies:
        yield taxonomy, "all_ids"
        yield taxonomy, "get"
    if CATEGORY in taxonomies:
        yield CATEGORY, "product-category-hierarchy-0"


def _of_orders(stale: Stale) -> Iterator[Key]:
    """What is kept of orders, in each of their storages."""
    for ident in stale.orders:
        yield "posts", str(ident)
        yield "post_meta", str(ident)
        yield prefix_key(f"object_{ident}")
    for group in ("orders", "orders_data", "orders_meta"):
        yield prefix_key(group)
    for status in stale.statuses:
        yield "default", f"order-count_shop_order_{status}"
    for name in ORDER_VERSIONS:
        yield _version(name)
    yield "transient", ORDER_STATUSES
