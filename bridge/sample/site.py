"""The site itself: options, roles, pages and queue groups.

``options.json`` holds the plain options of a new WooCommerce by their autoload value;
what names this shop or has a structure is here.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from ..common import phpdata
from ..common import sample as s
from ..wordpress.tables import ShopTables
from .rows import OPENED, Rows, post

SAMPLE_STAMP = "1795176000"  # 2026-11-20 12:00 UTC, as caches are stamped
_PAGES = (
    (5, "Shop", "shop", ""),
    (6, "Cart", "cart", "<!-- wp:woocommerce/cart /-->"),
    (7, "Checkout", "checkout", "<!-- wp:woocommerce/checkout /-->"),
    (8, "My account", "my-account", "[woocommerce_my_account]"),
)
_PLACEHOLDER = 4
_LEVELS = {"administrator": 10, "shop_manager": 9, "editor": 7, "author": 2}
_LEVELS |= {"contributor": 1, "subscriber": 0}
_NAMES = ("administrator", "editor", "author", "contributor", "subscriber", "customer")

_OWN_POSTS = ("edit_posts", "delete_posts", "read")
_AUTHOR = (
    "publish_posts",
    "edit_published_posts",
    "delete_published_posts",
    "upload_files",
    *_OWN_POSTS,
)
_OTHERS = tuple(
    f"{verb}_{whose}_{kind}"
    for kind in ("posts", "pages")
    for verb, whose in (
        ("edit", "others"),
        ("edit", "private"),
        ("read", "private"),
        ("delete", "others"),
        ("delete", "private"),
    )
)
_EDITOR = (
    "moderate_comments",
    "manage_categories",
    "manage_links",
    "edit_pages",
    "edit_published_pages",
    "publish_pages",
    "delete_pages",
    "delete_published_pages",
    *_AUTHOR,
    *_OTHERS,
)
_SHOP = (
    "manage_woocommerce",
    "create_customers",
    "view_woocommerce_reports",
) + tuple(
    form.format(kind)
    for kind in ("product", "shop_order", "shop_coupon")
    for form in (
        "edit_{}",
        "read_{}",
        "delete_{}",
        "edit_{}s",
        "edit_others_{}s",
        "publish_{}s",
        "read_private_{}s",
        "delete_{}s",
        "delete_private_{}s",
        "delete_published_{}s",
        "delete_others_{}s",
        "edit_private_{}s",
        "edit_published_{}s",
        "manage_{}_terms",
        "edit_{}_terms",
        "delete_{}_terms",
        "assign_{}_terms",
    )
)
_ADMIN = (
    "switch_themes edit_themes activate_plugins edit_plugins edit_users edit_files"
    " manage_options import export unfiltered_html unfiltered_upload delete_users"
    " create_users edit_dashboard update_plugins delete_plugins install_plugins"
    " update_themes install_themes delete_themes update_core list_users remove_users"
    " promote_users edit_theme_options"
)
_CAPABILITIES = {
    "administrator": (*_ADMIN.split(), *_EDITOR, *_SHOP),
    "editor": ("unfiltered_html", *_EDITOR),
    "author": _AUTHOR,
    "contributor": _OWN_POSTS,
    "subscriber": ("read",),
    "customer": ("read",),
    # a shop manager may not post unfiltered HTML; descriptions are cleaned for that
    "shop_manager": (
        *("export", "import", "list_users", "edit_theme_options"),
        *_EDITOR,
        *_SHOP,
    ),
}


def roles() -> str:
    """The option ``<prefix>user_roles``."""
    names = {name: name.capitalize() for name in _NAMES}
    names["shop_manager"] = "Shop manager"
    out: dict[str, Any] = {}
    for role, name in names.items():
        levels = [f"level_{n}" for n in range(_LEVELS.get(role, -1), -1, -1)]
        granted = dict.fromkeys((*_CAPABILITIES[role], *levels), True)
        out[role] = {"name": name, "capabilities": granted}
    return phpdata.dumps(out)


def level(role: str) -> int:
    """WordPress's old user level of a role, still kept as a usermeta."""
    return _LEVELS.get(role, 0)


def build(rows: Rows, tables: ShopTables) -> None:
    """Options, pages, the placeholder picture, tax rate and queue groups."""
    file = resources.files(__package__).joinpath("options.json")
    for autoload, plain in json.loads(file.read_text("utf-8")).items():
        for name, value in plain.items():
            _option(rows, tables, name, value, autoload)
    for name, value in _own_options(tables).items():
        _option(rows, tables, name, value, "on")
    for ident, title, slug, content in _PAGES:
        page = post(ident, "page", post_title=title, post_name=slug)
        page |= {"guid": f"{s.SHOP_URL}/{slug}/", "post_content": content}
        rows.add(tables.posts, **page)
    _placeholder(rows, tables)
    rows.add(
        tables.woocommerce_tax_rates,
        tax_rate_id=1,
        tax_rate_country=s.COUNTRY,
        tax_rate_state=s.STATE,
        tax_rate=f"{s.TAX_RATE:.4f}",
        tax_rate_name="Sales Tax",
        tax_rate_priority=1,
        tax_rate_order=0,
    )
    groups = ("action-scheduler-migration", "wc-admin-data", "woocommerce-db-updates")
    for ident, slug in enumerate(groups, 1):
        rows.add(tables.actionscheduler_groups, group_id=ident, slug=slug)


def _option(
    rows: Rows, tables: ShopTables, name: str, value: str, autoload: str
) -> None:
    rows.add(tables.options, option_name=name, option_value=value, autoload=autoload)


def _own_options(tables: ShopTables) -> dict[str, str]:
    plugins = ["bizuno-api/bizuno-api.php", "woocommerce/woocommerce.php"]
    bizuno = {
        "url": "https://books.ridgeline.example",
        "rest_user_name": s.STORE_EMAIL,
        "rest_user_pass": "",
        "api_token": "",
        "inv_stock_mgt": "on",
        "inv_backorders": "no",
        "prefix_order": s.ORDER_PREFIX,
        "prefix_customer": s.ORDER_PREFIX,
        "journal_id": "0",
        "autodownload": "off",
    }
    permalinks = {
        "product_base": "product",
        "category_base": "product-category",
        "tag_base": "product-tag",
        "attribute_base": "",
        "use_verbose_page_rules": False,
    }
    stamped = ("product", "product_query", "orders")
    return {
        "siteurl": s.SHOP_URL,
        "home": s.SHOP_URL,
        "blogname": s.SHOP_NAME,
        "admin_email": "admin@ridgeline.example",
        "active_plugins": phpdata.dumps(plugins),
        "using_application_passwords": "1",
        f"{tables.prefix}user_roles": roles(),
        "bizuno_api_options": phpdata.dumps(bizuno),
        "woocommerce_permalinks": phpdata.dumps(permalinks),
        "woocommerce_currency": s.CURRENCY,
        "woocommerce_default_country": f"{s.COUNTRY}:{s.STATE}",
        "woocommerce_weight_unit": s.WEIGHT_UNIT,
        "woocommerce_dimension_unit": s.SIZE_UNIT,
        "woocommerce_calc_taxes": "yes",
        "woocommerce_store_address": "100 Ridgeline Way",
        "woocommerce_store_city": "Austin",
        "woocommerce_store_postcode": "78701",
        "woocommerce_stock_email_recipient": s.STORE_EMAIL,
        "woocommerce_email_from_name": s.SHOP_NAME,
        "woocommerce_email_from_address": s.STORE_EMAIL,
        "woocommerce_pos_store_name": s.SHOP_NAME,
        "woocommerce_pos_store_email": s.STORE_EMAIL,
        "woocommerce_store_id": "3c9a7a52-5d0e-4a53-9d3e-0f2d6b1c7e10",
        "woocommerce_admin_install_timestamp": "1772442000",
        **{f"_transient_{name}-transient-version": SAMPLE_STAMP for name in stamped},
    }


def _placeholder(rows: Rows, tables: ShopTables) -> None:
    """The picture WooCommerce shows where a product has none."""
    name = "woocommerce-placeholder"
    metadata = {
        "width": 1200,
        "height": 1200,
        "file": f"{name}.webp",
        "filesize": 9892,
        "sizes": {},
        "image_meta": {},
    }
    picture = post(_PLACEHOLDER, "attachment", post_title=name, post_name=name)
    picture |= {
        "post_status": "inherit",
        "comment_status": "open",
        "post_mime_type": "image/webp",
        "guid": f"{s.SHOP_URL}/wp-content/uploads/{name}.webp",
        "post_date": OPENED,
    }
    rows.add(tables.posts, **picture)
    for key, value in (
        ("_wp_attached_file", f"{name}.webp"),
        ("_wp_attachment_metadata", phpdata.dumps(metadata)),
    ):
        rows.add(tables.postmeta, post_id=_PLACEHOLDER, meta_key=key, meta_value=value)
