"""Texts of a product, its slug, status and place in lists; pure."""

from __future__ import annotations

from collections.abc import Container

from ..common import phpdata
from ..common.contract.product_update import ProductUpdate
from ..common.money import NotANumber, parse_decimal
from ..wordpress.html import clean_post, clean_title, plain_text
from ..wordpress.slugs import sanitize_title, unique_slug
from . import attributes as attrs
from .update_edit import Edit, Notes, Stored
from .update_site import Site

_TEXT_BYTES = 65535  # a TEXT column
_MENU_ORDER = 99
_INT = 2**31


def plan_texts(edit: Edit, update: ProductUpdate, notes: Notes) -> None:
    """Name, short and long text; the original's fallbacks for those not sent."""
    new = edit.stored is None
    name = clean_title(update.name or "").strip()
    if not name and new:
        notes.messages.warning(
            f"Description is missing; the product is called {update.sku}.",
            field="data.Description",
        )
        name = clean_title(update.sku)
    elif not name and update.name is not None:
        notes.messages.warning(
            "Description is empty; the name was left alone.", field="data.Description"
        )
    if name:
        _put_text(edit, "post_title", name, "Description", notes)
    short, long = (clean_post(t or "").strip() for t in (update.short, update.long))
    if update.short is not None or new:
        title = name or (str(edit.stored.post["post_title"]) if edit.stored else "")
        _put_text(edit, "post_excerpt", short or title, "DescriptionSales", notes)
    if update.long is not None or update.short is not None or new:
        edit.column("post_content", long or short)


def _put_text(edit: Edit, column: str, text: str, name: str, notes: Notes) -> None:
    if len(text.encode()) > _TEXT_BYTES:
        notes.refuse(
            name, f"{name} is longer than {_TEXT_BYTES} bytes; shorten it.", "too_long"
        )
        return
    edit.column(column, text)


def plan_status(edit: Edit, update: ProductUpdate, site: Site, notes: Notes) -> None:
    """Publish a new product, restore one from the trash, leave the rest."""
    inactive = (update.inactive or "").strip() not in ("", "0")
    stored = edit.stored
    if stored is None:
        edit.column("post_status", "draft" if inactive else "publish")
        return
    if stored.status == "trash":
        notes.messages.info(f"{update.sku} was in the trash and has been restored.")
        before = stored.meta("_wp_trash_meta_status") or "publish"
        edit.column("post_status", "draft" if inactive else before)
        for key in ("_wp_trash_meta_status", "_wp_trash_meta_time"):
            edit.drop(key, empty=True)
        edit.drop("_wp_desired_post_slug", empty=True)
    elif inactive and site.unpublish_inactive:
        edit.column("post_status", "draft")


def wanted_slug(update: ProductUpdate, stored: Stored | None, locale: str) -> str:
    """A slug that was sent, else the name's for a new product; empty is no change.

    What comes out of the trash gets back the slug it had before.
    """
    wanted = sanitize_title(update.slug or "", locale)
    if stored is None:
        wanted = wanted or sanitize_title(clean_title(update.name or ""), locale)
        wanted = wanted or sanitize_title(update.sku, locale) or "product"
    elif not wanted and stored.status == "trash":
        wanted = stored.meta("_wp_desired_post_slug")
        wanted = wanted or str(stored.post["post_name"]).removesuffix("__trashed")
    return wanted


def plan_slug(
    edit: Edit, update: ProductUpdate, taken: Container[str], locale: str
) -> None:
    """The wanted slug, made unique among the ``taken`` ones of other products."""
    wanted = wanted_slug(update, edit.stored, locale)
    if wanted:
        edit.column("post_name", unique_slug(wanted, taken))


def plan_menu_order(edit: Edit, update: ProductUpdate, notes: Notes) -> None:
    """Empty is 99 (0 counts as empty, as recorded), not sent is 99 when new."""
    if update.menu_order is None:
        if edit.stored is None:
            edit.column("menu_order", _MENU_ORDER)
        return
    try:
        order = int(parse_decimal(update.menu_order) or _MENU_ORDER)
    except NotANumber:
        order = _INT
    if not -_INT < order < _INT:
        notes.messages.warning(
            f"MenuOrder {update.menu_order!r} is no position; it was left alone.",
            field="data.MenuOrder",
        )
        if edit.stored is not None:
            return
        order = _MENU_ORDER
    edit.column("menu_order", order)


def plan_search(edit: Edit, update: ProductUpdate, site: Site) -> None:
    """What search engines and the shop's own search read."""
    if update.search_code is not None:
        edit.put(attrs.SEARCH_CODE, plain_text(update.search_code))
    if site.yoast and (update.meta_description or "").strip():
        edit.meta("_yoast_wpseo_metadesc", plain_text(update.meta_description or ""))
    if update.attributes is not None:
        present = edit.stored.rows if edit.stored else {}
        wanted, gone = attrs.search_metas(update.attributes, present)
        for key, value in wanted.items():
            edit.meta(key, value)
        for key in gone:
            edit.drop(key, empty=True)


def plan_accessories(edit: Edit, accessories: tuple[int, ...] | None) -> None:
    """Cross-sells by ID, never the product itself; None leaves them."""
    if accessories is None:
        return
    own = edit.stored.id if edit.stored else 0
    ids = [one for one in accessories if one != own]
    edit.put("_crosssell_ids", phpdata.dumps(ids) if ids else "", _same_list)


def _same_list(one: str | None, other: str | None) -> bool:
    """Two stored lists of IDs are the same; WooCommerce may keep them as texts."""
    try:
        a, b = (phpdata.loads(text or "a:0:{}") for text in (one, other))
        return [int(x) for x in a.values()] == [int(x) for x in b.values()]
    except (phpdata.PhpDataError, AttributeError, TypeError, ValueError):
        return False
