"""What one refresh row asks for: texts to numbers, pure."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from decimal import Decimal

from ..common.contract.product import RefreshRow, RefreshTier
from ..common.errors import FieldProblem
from ..common.money import NotANumber, parse_decimal
from ..wordpress.stock import StockRules
from ..wordpress.units import UnknownUnit, convert_weight

# more than any shop sells, asks or weighs, and still a DECIMAL(19,4)
MOST = Decimal(10) ** 12
_SHOWN = _DIGITS = 40
Tiers = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True)
class Rules:
    """How this shop takes a refresh; ``weight_unit`` is its own."""

    stock: StockRules = field(default_factory=StockRules)
    allow_zero_price: bool = False
    weight_unit: str = "kg"


@dataclass(slots=True)
class Wish:
    """What a row asks for; None is "leave it alone".

    ``sale`` 0 ends the sale; ``weight`` 0 with ``clear_weight`` empties it; ``tiers``
    empty removes them. ``problems`` refuse the row, ``warnings`` are told.
    """

    regular: Decimal | None = None
    sale: Decimal | None = None
    quantity: Decimal | None = None
    weight: Decimal | None = None
    clear_weight: bool = False
    tiers: Tiers | None = None
    problems: list[FieldProblem] = field(default_factory=list)
    warnings: list[FieldProblem] = field(default_factory=list)

    @property
    def priced(self) -> bool:
        """True when the row speaks of prices."""
        return self.regular is not None or self.sale is not None


def read_row(row: RefreshRow, rules: Rules) -> Wish:
    """The numbers of a row (DECISIONS 11 to 14).

    A price that is no number refuses the row; a quantity or weight that is none is
    left alone with a warning, as in an update.
    """
    wish = Wish(problems=list(row.problems))
    if row.price is not None:
        wish.regular = _price(wish, row.price, row.path, "RegularPrice")
        if wish.regular == 0 and not rules.allow_zero_price:
            _refuse_zero(wish, f"{row.path}.RegularPrice")
    if row.sale_price is not None:
        sale = _price(wish, row.sale_price, row.path, "SalePrice")
        wish.sale = Decimal(0) if sale is None else sale
    if row.quantity is not None:
        wish.quantity = _quantity(wish, row.quantity, row.path, rules.stock)
    if row.weight is not None:
        _weigh(wish, row, rules)
    if row.tiers is not None:
        wish.tiers = _tiers(wish, row.tiers, rules)
    elif wish.regular is not None:
        # the ERP leaves the key out when there are no tiers, and the peer then removes
        # them; a row without a price says nothing about prices at all
        wish.tiers = ()
    return wish


# a catalog has far fewer different numbers than products
_remembered = functools.lru_cache(maxsize=16384)(parse_decimal)


def _number(text: str) -> Decimal | None:
    digits = text.strip()
    if len(digits) > _DIGITS:
        raise NotANumber(digits)
    return _remembered(digits)


def _price(wish: Wish, text: str, path: str, name: str) -> Decimal | None:
    try:
        amount = _number(text)
    except NotANumber as exc:
        problem = f"{name} {_shown(text)} is no price: {exc}."
        wish.problems.append(FieldProblem(f"{path}.{name}", problem, "price_format"))
        return None
    if amount is not None and not 0 <= amount < MOST:
        problem = f"{name} {_shown(text)} must be 0 or more, and below {MOST:,}."
        wish.problems.append(FieldProblem(f"{path}.{name}", problem, "price_range"))
        return None
    return amount


def _shown(text: str) -> str:
    """What was sent, in quotes, as far as a message can hold it."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def _refuse_zero(wish: Wish, place: str) -> None:
    text = (
        f"{place.rpartition('.')[2]} is 0; send the real price, or set"
        " allow_zero_price = yes in the bridge's configuration."
    )
    wish.problems.append(FieldProblem(place, text, "zero_price"))


def _quantity(wish: Wish, text: str, path: str, stock: StockRules) -> Decimal | None:
    try:
        amount = _number(text)
    except NotANumber:
        amount = MOST
    if amount is None or amount >= MOST:
        what = "is empty" if amount is None else f"{_shown(text)} is no quantity"
        problem = f"QtyStock {what}; stock was left alone."
        wish.warnings.append(FieldProblem(f"{path}.QtyStock", problem, "quantity"))
        return None
    return stock.quantity(amount)


def _weigh(wish: Wish, row: RefreshRow, rules: Rules) -> None:
    assert row.weight is not None
    if not row.weight.strip():
        wish.weight, wish.clear_weight = Decimal(0), True
        return
    place = f"{row.path}.Weight"
    try:
        amount = _number(row.weight)
    except NotANumber:
        amount = None
    if amount is None or not 0 <= amount < MOST:
        problem = f"Weight {_shown(row.weight)} is no weight; it was left alone."
        wish.warnings.append(FieldProblem(place, problem, "weight"))
        return
    unit = (row.weight_unit or "").strip()
    if not unit or unit == rules.weight_unit:
        wish.weight = amount
        return
    try:
        wish.weight = convert_weight(amount, unit, rules.weight_unit)
    except UnknownUnit as exc:
        problem = (
            f"The unit {_shown(exc.unit)} is not known; the weight was left alone."
            " Send kg, g, lb or oz."
        )
        wish.warnings.append(FieldProblem(f"{row.path}.WeightUOM", problem, "unit"))


def _tiers(wish: Wish, sent: tuple[RefreshTier, ...], rules: Rules) -> Tiers:
    found = []
    for tier in sent:
        quantity = _price(wish, tier.quantity, tier.path, "qty")
        price = _price(wish, tier.price, tier.path, "price")
        if price == 0 and not rules.allow_zero_price:
            _refuse_zero(wish, f"{tier.path}.price")
        if quantity is not None and price is not None:
            found.append((quantity, price))
    # stable: several price sheets may name the same quantity
    return tuple(sorted(found, key=lambda pair: pair[0]))
