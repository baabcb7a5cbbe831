"""This side: the shop's database, its versions, uploads and object cache."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..common.checks import Cause, Check, Report, failed, ok, warning
from ..common.database_checks import NAMES, READABLE, check_database
from ..shop import Shop
from ..wordpress.grants import rights
from ..wordpress.options import read_options
from ..wordpress.orders import STORAGE_OPTIONS, Storage

WOOCOMMERCE = "10"
MIB = 1024 * 1024
SCARCE_MIB, FULL_MIB = 1024, 100
_VERSIONS = ("db_version", "woocommerce_version", *STORAGE_OPTIONS)


def check_shop(shop: Shop, report: Report) -> None:
    """Everything on this host."""
    key = "[bridge] database"
    report.extend(check_database(shop.database, key, rights(shop), "bizuno-bridge"))
    report.skip(NAMES, "not reached")
    if report.is_well(READABLE):
        report.add(_versions(shop))
    report.extend(_uploads(shop.config.uploads))
    caches = list(shop.cache.checks()) or [ok("object cache", "none is installed")]
    report.extend(iter(caches))


def _versions(shop: Shop) -> Check:
    with shop.database.read() as conn:
        options = read_options(conn, shop.tables, _VERSIONS)
    woocommerce = options.get("woocommerce_version", "")
    storage = "tables" if Storage.of(options).hpos else "posts"
    found = (
        f"WooCommerce {woocommerce or '?'}, WordPress database "
        f"{options.get('db_version', '?')}, orders in {storage}"
    )
    if woocommerce.partition(".")[0] != WOOCOMMERCE:
        remedy = f"This version was made for WooCommerce {WOOCOMMERCE}; try it first."
        return warning("versions", f"{found}.", remedy)
    return ok("versions", found)


def _uploads(folder: Path) -> Iterator[Check]:
    if not folder.is_dir():
        text = "The folder of uploads is not there."
        remedy = "Set [bridge] uploads to wp-content/uploads of WordPress."
        yield failed("uploads", Cause.SETTING, text, remedy)
        return
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".bizuno-doctor-"):
            pass
    except OSError as exc:
        text = f"Nothing can be written into uploads ({os.strerror(exc.errno or 0)})."
        remedy = "Let the bridge run as the user that PHP runs as."
        yield failed("uploads", Cause.PERMISSION, text, remedy)
    else:
        yield ok("uploads", "can be written")
    yield _disk(shutil.disk_usage(folder).free // MIB)


def _disk(free: int) -> Check:
    if free >= SCARCE_MIB:
        return ok("disk", f"{free // 1024} GiB free for pictures")
    remedy = "Make room: a picture is kept in some ten sizes."
    text = f"{free} MiB free for pictures."
    if free < FULL_MIB:
        return failed("disk", Cause.DATA, text, remedy)
    return warning("disk", text, remedy)
