"""How many pieces of an item can be sold: stock, commitments, and what can be built.

Mirrors Bizuno's own count: components of an assembly count with their bare stock,
unless they are assemblies themselves; an assembly without a bill of materials (or
with nothing tracked in it) counts as buildable without end (999,999, sic).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

TRACKED = frozenset({"ma", "mi", "ms", "sa", "si", "sr"})
ASSEMBLIES = frozenset({"ma", "sa"})
WITHOUT_END = 999_999


class Stock(NamedTuple):
    """An item's quantities; ``kind`` is Bizuno's inventory type."""

    id: int
    sku: str
    kind: str
    qty: float
    ordered: float = 0.0
    allocated: float = 0.0


class Part(NamedTuple):
    """A line of a bill of materials; ``sku`` folded as the database compares it."""

    sku: str
    qty: float


@dataclass
class Availability:
    """The count for one state of the books.

    ``bills`` by item ID, ``parts`` by folded SKU. ``endless`` and ``circular`` collect
    the SKUs whose bill of materials a person should look at.
    """

    bills: Mapping[int, Sequence[Part]] = field(default_factory=dict)
    parts: Mapping[str, Stock] = field(default_factory=dict)
    commitments: bool = True
    assemblies: bool = True
    endless: set[str] = field(default_factory=set)
    circular: set[str] = field(default_factory=set)
    _known: dict[int, float] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)

    def of(self, item: Stock) -> float:
        """Pieces available to sell, never below 0."""
        if item.id not in self._known:
            self._known[item.id] = self._count(item)
        return self._known[item.id]

    def _count(self, item: Stock) -> float:
        kind = item.kind or "si"
        pieces = item.qty if kind in TRACKED else 1.0
        if self.assemblies and kind in ASSEMBLIES:
            self._open.add(item.id)
            pieces += self._buildable(item)
            self._open.discard(item.id)
        if self.commitments:
            pieces -= item.ordered + item.allocated
        return max(0.0, pieces)

    def _buildable(self, item: Stock) -> float:
        fewest = float(WITHOUT_END)
        for line in self.bills.get(item.id, ()):
            part = self.parts.get(line.sku)
            if part is None or part.kind not in TRACKED:
                continue
            if part.kind not in ASSEMBLIES:
                pieces = part.qty
            elif part.id in self._open:
                # Bizuno itself would never come back from this
                self.circular.add(part.sku)
                pieces = 0.0
            else:
                pieces = self.of(part)
            fewest = min(fewest, math.floor(pieces / line.qty)) if line.qty else 0.0
        if fewest == WITHOUT_END:
            self.endless.add(item.sku)
        return fewest
