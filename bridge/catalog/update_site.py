"""What an update has to know about the shop itself: units, stock rules, clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..common import phpdata
from ..common.batch import Batch
from ..shop import Shop
from ..wordpress.clock import CLOCK_OPTIONS, site_zone, stamp
from ..wordpress.image_sizes import SIZE_OPTIONS
from ..wordpress.options import ask_options
from ..wordpress.stock import STOCK_OPTIONS, StockRules, stock_rules

_OPTIONS = (
    "siteurl",
    "home",
    "upload_url_path",
    "WPLANG",
    "active_plugins",
    "default_product_cat",
    "woocommerce_version",
    "woocommerce_weight_unit",
    "woocommerce_dimension_unit",
    *CLOCK_OPTIONS,
    *STOCK_OPTIONS,
    *SIZE_OPTIONS,
)
_YOAST = ("wordpress-seo/wp-seo.php", "wordpress-seo-premium/wp-seo-premium.php")


@dataclass(frozen=True)
class Site:
    """The shop at the time of a call; ``now`` is aware UTC."""

    options: Mapping[str, str]
    rules: StockRules
    zone: tzinfo
    now: datetime
    home: str
    uploads_url: str
    allow_zero_price: bool = False
    unpublish_inactive: bool = False

    @property
    def locale(self) -> str:
        """``de_DE`` and so on; empty is English."""
        return self.options.get("WPLANG", "")

    @property
    def weight_unit(self) -> str:
        """The unit that ``_weight`` is in."""
        return self.options.get("woocommerce_weight_unit") or "kg"

    @property
    def size_unit(self) -> str:
        """The unit that ``_length``, ``_width`` and ``_height`` are in."""
        return self.options.get("woocommerce_dimension_unit") or "cm"

    @property
    def default_category(self) -> int:
        """The term ID of the category of products without one; 0 if there is none."""
        text = self.options.get("default_product_cat", "")
        return int(text) if text.isdecimal() else 0

    @property
    def yoast(self) -> bool:
        """True when a plugin reads Yoast's meta description."""
        try:
            found = phpdata.loads(self.options.get("active_plugins", ""))
        except phpdata.PhpDataError:
            return False
        active = set(found.values()) if isinstance(found, dict) else set()
        return bool(active.intersection(_YOAST))

    def dates(self, prefix: str) -> dict[str, str]:
        """``post_date`` or ``post_modified`` on both clocks."""
        return {
            prefix: stamp(self.now, self.zone),
            f"{prefix}_gmt": stamp(self.now),
        }


def ask_site(batch: Batch, shop: Shop, now: datetime) -> Callable[[], Site]:
    """Ask for the shop's options."""
    answer = ask_options(batch, shop.tables, _OPTIONS)
    return lambda: _site(shop, answer(), now)


def _site(shop: Shop, options: Mapping[str, str], now: datetime) -> Site:
    home = (shop.config.site_url or options.get("siteurl", "")).rstrip("/")
    uploads = options.get("upload_url_path", "").rstrip("/")
    return Site(
        options=options,
        rules=stock_rules(shop.config, options),
        zone=site_zone(options),
        now=now,
        home=home,
        uploads_url=uploads or f"{home}/wp-content/uploads",
        allow_zero_price=shop.config.allow_zero_price,
        unpublish_inactive=shop.config.unpublish_inactive,
    )
