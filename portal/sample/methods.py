"""Carriers and totals as Bizuno keeps its methods in ``common_meta``."""

from __future__ import annotations

from typing import Any

from . import chart

_ORDERS = "[3,4,6,7,9,10,12,13,19,21]"
_SALES = "[9,10,12,13,19]"
_PAYMENTS = "[17,18,20,22]"


def _carrier(
    code: str,
    title: str,
    acronym: str,
    services: dict[str, str],
    quoted: bool = True,
    **settings: Any,
) -> dict[str, Any]:
    """A carrier that is switched on; ``quoted`` ones answer the store's question."""
    return {
        "id": code,
        "title": title,
        "status": 1,
        "acronym": acronym,
        "settings": {
            "gl_acct_c": chart.SHIPPING,
            "gl_acct_v": chart.FREIGHT,
            **settings,
            "service_types": ":".join(services),
            "default": str(int(quoted)),
            "services": [
                {"id": f"{code}:{service}", "text": f"{acronym} {text}"}
                for service, text in services.items()
            ],
        },
    }


CARRIERS = (
    _carrier(
        "best_way",
        "Best Way",
        "Best Way",
        {"GND": "Shipper Preference"},
        rate=12,
        order=50,
    ),
    _carrier("flat", "Flat Rate", "Flat", {"GND": "Best Way"}, rate=8.95, order=10),
    _carrier(
        "freeshipper",
        "Free Shipping!",
        "Free/Other",
        {
            "GND": "Local Delivery",
            "GDR": "Customer Pickup",
            "1DM": "Best Way",
            "1DA": "Sender Paid 2 Day",
            "1DP": "Sender Paid 1 Day",
            "2DP": "Courier",
            "3DP": "Sender Paid Economy",
        },
        rate=0,
        order=20,
    ),
    _carrier(
        "item", "Per Package Shipping", "Item", {"GND": "Best Way"}, rate=4.5, order=30
    ),
    _carrier(
        "percent",
        "Percent Rate",
        "Percent",
        {"GND": "Best Way"},
        percent=7.5,
        minRate=5.25,
        order=40,
    ),
    _carrier(
        "thirdparty",
        "Third Party",
        "3rd Party",
        {"GND": "Third Party"},
        quoted=False,
        rate="0",
        order=50,
    ),
)


def _total(
    code: str, order: int, gl_type: str, journals: str, status: int = 1, **more: Any
) -> dict[str, Any]:
    settings = {"gl_type": gl_type, "journals": journals, **more, "order": order}
    return {"id": code, "title": code, "status": status, "settings": settings}


TOTALS = (
    _total("balance", 99, "", "[2]"),
    _total("balanceBeg", 0, "", "[20,22]"),
    _total("balanceEnd", 99, "", "[20,22]"),
    _total("debitcredit", 0, "", "[2]"),
    _total("disc_item", 30, "dsi", _ORDERS, 0, gl_account=chart.DISCOUNTS),
    _total("discount", 30, "dsc", _ORDERS, gl_account=chart.DISCOUNTS),
    _total("discountChk", 30, "dsc", _PAYMENTS, gl_account=chart.DISCOUNTS),
    _total("fee_order", 70, "fee", _ORDERS, 0, gl_account=chart.SALES),
    _total("shipping", 60, "frt", _ORDERS, gl_account=chart.SHIPPING),
    _total("subtotal", 0, "sub", "[3,4,6,7,9,10,12,13,15,16,19,21]"),
    _total("subtotalChk", 0, "sub", _PAYMENTS),
    _total("tax_item", 50, "tax", _ORDERS, 0),
    _total("tax_order", 40, "tax", _ORDERS, 0, tax_id_c=0, tax_id_v=0),
    _total("tax_other", 75, "glt", _SALES, 0, gl_account=chart.SALES_TAX),
    _total("tax_rest", 75, "tbt", "[9,10,12,13,19,21]", gl_account=chart.SALES_TAX),
    _total(
        "total",
        99,
        "ttl",
        "[3,4,6,7,9,10,12,13,15,16,17,18,19,20,21,22]",
        gl_account="",
    ),
)


def by_code(methods: tuple[dict[str, Any], ...]) -> dict[str, dict[str, Any]]:
    """The document of one kind of method."""
    return {method["id"]: method for method in methods}
