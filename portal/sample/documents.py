"""Settings of the sample books: ``configuration`` and ``common_meta``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.common import sample

from . import calendar, chart, methods, people, stock

TIMEZONE = "America/Chicago"

_STOCK_TYPES = ("si", "ms", "ma", "sr", "sa")
_OTHER_TYPES = ("ns", "sv", "lb", "ai", "ci")

API = {
    "settings": {
        "bizuno_api": {
            "auto_detect": "",
            "gl_receivables": chart.RECEIVABLES,
            "gl_sales": chart.STORE_SALES,
            "gl_discount": chart.DISCOUNTS,
            "gl_tax": chart.SALES_TAX,
            "tax_rate_id": "0",
        },
        "phreesoft_api": {
            "api_user": people.API_EMAIL,
            "api_pass": "",
            "api_token": sample.API_TOKEN,
        },
    }
}

BIZUNO = {
    "settings": {
        "company": {"id": sample.SHOP_NAME, "primary_name": sample.SHOP_NAME},
        "locale": {
            "timezone": TIMEZONE,
            "number_precision": "2",
            "number_decimal": ".",
            "number_thousand": ",",
            "number_prefix": "",
            "number_suffix": "",
            "number_neg_pfx": "-",
            "number_neg_sfx": "",
            "date_short": "m/d/Y",
        },
    },
    "stores": [{"id": 0, "text": sample.SHOP_NAME}],
}

SHIPPING = {
    "settings": {
        "general": {
            "gl_shipping_c": chart.SHIPPING,
            "gl_shipping_v": chart.FREIGHT,
            "bill_hq": 0,
            "block_trash": 0,
            "skip_guess": 0,
            "weight_uom": "LB",
            "dim_uom": "IN",
            "max_pkg_weight": 70,
            "pallet_weight": 25,
            "ltl_class": "125",
            "resi_checked": 1,
            "contact_req": 0,
            "address1_req": 1,
            "address2_req": 0,
            "city_req": 1,
            "state_req": 1,
            "postal_code_req": 1,
        }
    }
}

PHREEBOOKS = {
    "settings": {
        "customers": {
            "gl_receivables": chart.RECEIVABLES,
            "gl_sales": chart.SALES,
            "gl_cash": chart.CASH,
            "gl_cash_ach": chart.CASH,
            "gl_discount": chart.DISCOUNTS,
            "gl_deposit": "2550-00",
            "gl_liability": chart.SALES_TAX,
            "gl_expense": chart.EXPENSE,
            "tax_rate_id_c": 0,
            "terms_text": "Prepaid",
            "terms": "2",
            "terms_edit": "",
            "show_status": 1,
            "include_all": 0,
            "ck_dup_po": 0,
        },
        "vendors": {"gl_payables": chart.PAYABLES, "gl_purchases": chart.INVENTORY},
        "general": {
            "round_tax_auth": 0,
            "shipping_taxed": 0,
            "isolate_stores": 0,
            "upd_rep_terms": 0,
        },
    },
    "fy": calendar.fiscal_year(),
    "currency": {
        "defISO": sample.CURRENCY,
        "iso": {
            "USD": {
                "title": "United States Dollar",
                "code": "USD",
                "prefix": "$",
                "suffix": "",
                "dec_pt": ".",
                "sep": ",",
                "dec_len": "2",
                "pfxneg": "(",
                "sfxneg": ")",
                "value": 1,
            }
        },
    },
}

ROLE = {
    "title": "administrator",
    "administrate": 1,
    "security": {"mgr_c": 4, "prices_c": 4, "inv_mgr": 4, "j10_mgr": 4, "j12_mgr": 4},
}

_FIRST_NUMBERS = {
    "next_audit_num": "QA00001",
    "next_cproj_num": "PJ00001",
    "next_cust_id_num": people.NEXT_CUSTOMER,
    "next_edi_num": "EDI0000001",
    "next_fxdast_num": "FA00001",
    "next_maint_num": "PM00001",
    "next_promo_num": "PR00001",
    "next_qaobj_num": "QO00001",
    "next_ref_j2": "GL00001",
    "next_ref_j3": "VQ00001",
    "next_ref_j4": "VPO00001",
    "next_ref_j7": "VCM00001",
    "next_ref_j9": "QU00001",
    "next_ref_j10": "SO00001",
    "next_ref_j12": "INV00001",
    "next_ref_j13": "CM00001",
    "next_ref_j18": "RCT00001",
    "next_ref_j20": "CK00001",
    "next_return_num": "RMA00001",
    "next_shipment_num": "SH00001",
    "next_ticket_num": "QT00001",
    "next_training_num": "TR00001",
    "next_vend_id_num": people.NEXT_VENDOR,
    "next_wo_num": "WO00001",
}


def _inventory() -> dict[str, Any]:
    accounts: dict[str, str] = {}
    for kind in (*_STOCK_TYPES, *_OTHER_TYPES):
        accounts[f"sales_{kind}"] = chart.SALES
        accounts[f"cogs_{kind}"] = chart.COST
        accounts[f"inv_{kind}"] = chart.EXPENSE
    for kind in _STOCK_TYPES:
        accounts[f"inv_{kind}"] = chart.INVENTORY
        accounts[f"method_{kind}"] = "f"
    return {
        "settings": {
            "general": {
                "weight_uom": "LB",
                "dim_uom": "IN",
                "tax_rate_id_c": 0,
                "tax_rate_id_v": 0,
                "auto_add": 0,
                "auto_cost": 0,
                "allow_neg_stock": 1,
                "stock_usage": 1,
                # the sample shop sells a kit only as far as it is put together
                "inc_assemblies": 0,
                "inc_committed": 1,
            },
            "phreebooks": accounts,
        },
        "attr": stock.attribute_labels(),
    }


def configuration() -> Iterator[dict[str, str]]:
    """One row per module."""
    documents = {
        "api": API,
        "bizuno": BIZUNO,
        "inventory": _inventory(),
        "phreebooks": PHREEBOOKS,
        "shipping": SHIPPING,
    }
    for key, value in documents.items():
        yield {"config_key": key, "config_value": _json(value)}


def common_meta(next_numbers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The store-wide documents; ``next_numbers`` are the counters that have moved."""
    numbers = {**_FIRST_NUMBERS, **next_numbers}
    documents: dict[str, Any] = {
        "chart_of_accounts": chart.chart_of_accounts(),
        "methods_totals": methods.by_code(methods.TOTALS),
        "methods_carriers": methods.by_code(methods.CARRIERS),
        "bizuno_refs": {
            key: {"label": _label(key), "value": value}
            for key, value in numbers.items()
        },
    }
    for ident, (key, value) in enumerate(documents.items(), 2):
        yield {"id": ident, "meta_key": key, "meta_value": _json(value)}
    yield {
        "id": people.ROLE_ID,
        "meta_key": "bizuno_role",
        "meta_value": _json(ROLE),
    }


def _label(key: str) -> str:
    return key.removeprefix("next_").removesuffix("_num")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
