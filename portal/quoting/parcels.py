"""From a cart to parcels: bands, boxes, splitting, units."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from bridge.common.money import plain

from .offers import CannotQuote, CannotServe, Shipment

_OUNCES = {
    "oz": Decimal(1),
    "lb": Decimal(16),
    "g": Decimal(1) / Decimal("28.349523125"),
    "kg": Decimal(1000) / Decimal("28.349523125"),
}


@dataclass(frozen=True)
class Packing:
    """How carts are packed; weights in ``unit``, 0 is no limit."""

    unit: str = "lb"
    heaviest: Decimal = Decimal(0)
    box: Decimal = Decimal(0)
    most: int = 20


@dataclass(frozen=True)
class Parcels:
    """``count`` parcels of the same weight, box included, in ``unit``."""

    count: int
    weight: Decimal
    unit: str

    @property
    def ounces(self) -> Decimal:
        """The weight of one, rounded up to a tenth of an ounce."""
        exact = self.weight * _OUNCES[self.unit]
        return exact.quantize(Decimal("0.1"), ROUND_CEILING)


def band(amount: Decimal, step: Decimal | None) -> Decimal:
    """The upper end of the band that ``amount`` is in; 0 is in the first."""
    if not step:
        return amount
    return max((amount / step).to_integral_value(ROUND_CEILING), Decimal(1)) * step


def pack(shipment: Shipment, weight: Decimal, packing: Packing) -> Parcels:
    """The parcels for goods of ``weight``.

    Raises CannotServe when there would be too many, or when a single piece is too
    heavy (known only where the store tells the number of pieces), and CannotQuote when
    the box alone is as heavy as a parcel may be.
    """
    room = packing.heaviest - packing.box
    if not packing.heaviest or weight <= room:
        return Parcels(1, weight + packing.box, packing.unit)
    if room <= 0:
        raise CannotQuote(
            "No parcel can be packed: box_weight reaches parcel_weight; correct one."
        )
    count = int((weight / room).to_integral_value(ROUND_CEILING))
    limit = f"{plain(packing.heaviest)} {packing.unit}"
    if shipment.pieces and weight > room * shipment.pieces:
        raise CannotServe(f"A piece is heavier than a parcel of {limit}.", "too_heavy")
    if count > packing.most:
        raise CannotServe(
            f"It would take {count} parcels of {limit}; {packing.most} are the limit.",
            "too_heavy",
        )
    return Parcels(count, weight / count + packing.box, packing.unit)
