"""Genuine Bizuno books in small: those of the sample bicycle shop."""

from __future__ import annotations

from ..books import Books


def create_sample(books: Books) -> str:
    """Create and fill the sample books; returns a sentence that says what is there."""
    raise NotImplementedError
