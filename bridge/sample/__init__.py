"""A genuine WooCommerce shop in small: a bicycle shop for tests and the demo."""

from __future__ import annotations

from ..shop import Shop


def create_sample(shop: Shop) -> str:
    """Create and fill the sample shop; returns a sentence that says what is there."""
    raise NotImplementedError
