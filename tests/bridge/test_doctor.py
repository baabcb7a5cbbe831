"""The bridge's doctor: the way to Bizuno's portal through a real nginx, this side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from bridge.cli import main
from bridge.common import phpdata
from bridge.common.config import BridgeConfig, Config, parse
from bridge.common.grants import Rights
from bridge.common.sample import API_TOKEN
from bridge.doctor import local
from bridge.sample import create_sample as create_shop
from bridge.shop import Shop
from portal.books import Books
from portal.sample import create_sample as create_books
from tests.support import mariadb, nginx
from tests.support.account import restrict
from tests.support.examined import Found, content, examined
from tests.support.nginx import needs_nginx
from tests.support.peers import Peer, reply
from tests.support.servers import Gunicorn

from .conftest import Copies, shop_config
from .test_export import encrypted


@dataclass(frozen=True)
class Place:
    """A portal that runs, and the shop's side of it."""

    folder: Path
    portal: Gunicorn
    shop: str
    books_url: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("doctor")
    (folder / "uploads").mkdir()
    url = f"sqlite:///{folder / 'shop.sqlite'}"
    shop = Shop.of(Config(bridge=BridgeConfig(database=url)))
    create_shop(shop)
    shop.database.dispose()
    lines = f"[portal]\ndatabase = sqlite:///{folder / 'books.sqlite'}\n"
    lines += f"data = {folder / 'data'}\n"
    books = Books.of(parse(lines, {}))
    create_books(books)
    books.database.dispose()
    portal = Gunicorn("portal", f"{lines}[limits]\nlogin_attempts = 0\n", folder)
    yield Place(folder, portal, url, books.config.database)
    portal.stop()


Front = Callable[[str], nginx.Nginx]


@pytest.fixture
def front(place: Place, tmp_path: Path) -> Iterator[Front]:
    """Starts an nginx with rules before the portal."""
    made: list[nginx.Nginx] = []

    def start(rules: str = "") -> nginx.Nginx:
        made.append(nginx.Nginx(tmp_path, place.portal.port, rules))
        return made[-1]

    yield start
    for one in made:
        one.stop()


def examine(place: Place, tmp_path: Path, url: str, token: str = API_TOKEN) -> Found:
    lines = (
        f"[bridge]\ndatabase = {place.shop}\nuploads = {place.folder / 'uploads'}\n"
        f"portal_url = {url}\nportal_token = {token}\n"
    )
    found = examined(main, tmp_path / "bridge.ini", lines)
    assert token not in found.output
    return found


BLOCKS = [
    ("user agent", "if ($http_user_agent ~ bizuno) { return 403; }"),
    (
        "cache",
        "proxy_cache kept; proxy_cache_valid any 1m; "
        "proxy_ignore_headers Cache-Control;",
    ),
    ("method POST", "if ($request_method = POST) { return 405; }"),
    ("header X-Bizuno-Token", "if ($http_x_bizuno_token) { return 400; }"),
    ("header X-Bizuno-Token", 'proxy_set_header X-Bizuno-Token "";'),
    ("empty parameter", 'if ($args ~ "=(&|$)") { return 403; }'),
    ("encoding", 'if ($args ~ "%[89A-F]") { return 406; }'),
    ("body size", "client_max_body_size 100k;"),
]


@needs_nginx
@pytest.mark.parametrize(("name", "rules"), BLOCKS)
def test_the_ingredient_that_is_eaten_is_named(
    place: Place, tmp_path: Path, front: Front, name: str, rules: str
) -> None:
    found = examine(place, tmp_path, front(rules).url)
    assert (found.first, found.cause) == (name, "eaten"), found.output


@needs_nginx
def test_a_free_way_is_well(place: Place, tmp_path: Path, front: Front) -> None:
    before = content(place.books_url)
    found = examine(place, tmp_path, front("").url)
    assert found.ok, found.output
    states = found.states()
    assert states.pop("rights") == states.pop("tls") == "skipped"
    assert set(states.values()) == {"ok"}
    assert content(place.books_url) == before


@needs_nginx
def test_a_page_instead_of_the_portal_is_told(
    place: Place, tmp_path: Path, front: Front
) -> None:
    found = examine(place, tmp_path, front("return 200 'Please log in';").url)
    assert (found.first, found.cause) == ("http", "cannot_reach")


def test_a_wrong_token_is_told(place: Place, tmp_path: Path) -> None:
    found = examine(place, tmp_path, place.portal.url, "not-this-one")
    assert (found.first, found.cause) == ("credentials", "refused_credentials")
    assert "Illegal Access" in found.checks["credentials"]["text"]


def test_a_missing_api_user_is_told(place: Place, tmp_path: Path) -> None:
    change(place, "UPDATE contacts SET ctype_u = '2' WHERE ctype_u = '1'")
    try:
        found = examine(place, tmp_path, place.portal.url)
    finally:
        change(place, "UPDATE contacts SET ctype_u = '1' WHERE ctype_u = '2'")
    assert (found.first, found.cause) == ("permission", "refused_permission")


@pytest.mark.parametrize("table", ["configuration", "contacts"])
def test_a_portal_without_its_tables_is_told(
    place: Place, tmp_path: Path, table: str
) -> None:
    """Rates need the one, orders the other as well."""
    change(place, f"ALTER TABLE {table} RENAME TO aside")
    try:
        found = examine(place, tmp_path, place.portal.url)
    finally:
        change(place, f"ALTER TABLE aside RENAME TO {table}")
    assert (found.first, found.cause) == ("data", "refused_data")


def change(place: Place, statement: str) -> None:
    books = Books.of(parse(f"[portal]\ndatabase = {place.books_url}\n", {}))
    with books.database.transaction() as conn:
        conn.execute(text(statement))
    books.database.dispose()


def test_bizunos_own_portal_is_recognised(place: Place, tmp_path: Path) -> None:
    refused = b'{"html":"","message":{"error":[{"text":"Illegal Access"}]}}'
    peer = Peer(reply(refused, "200 OK", "text/html"))
    found = examine(place, tmp_path, peer.url)
    peer.close()
    assert (found.first, found.cause) == ("credentials", "refused_credentials")
    assert found.checks["http"]["state"] == "ok"


def test_a_wordpress_is_no_portal(place: Place, tmp_path: Path) -> None:
    body = b'{"code":"rest_no_route","message":"No route","data":{"status":404}}'
    peer = Peer(reply(body, "404 Not Found"))
    found = examine(place, tmp_path, peer.url)
    peer.close()
    assert (found.first, found.cause) == ("http", "cannot_reach")


# this side


def here(tmp_path: Path, url: str, more: str = "", *args: str) -> Found:
    uploads = tmp_path / "wp-content" / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    lines = f"[bridge]\ndatabase = {url}\nuploads = {uploads}\n{more}"
    return examined(main, tmp_path / "bridge.ini", lines, *(args or ("--local",)))


def test_this_side_alone_is_checked(shop_url: str, tmp_path: Path) -> None:
    found = here(tmp_path, shop_url)
    assert found.ok, found.output
    wanted = {"database", "tables", "columns", "versions", "uploads", "object cache"}
    assert wanted <= set(found.checks) and "dns" not in found.checks
    assert "WooCommerce 10" in found.checks["versions"]["text"]


def test_a_missing_right_is_told(
    server: mariadb.Server, copies: Copies, tmp_path: Path
) -> None:
    copies.restore()
    shop = Shop.of(shop_config(server.url(copies.name), tmp_path))
    needed = local.rights(shop)
    url = restrict(server, copies.name, [Rights(right.table) for right in needed])
    try:
        found = here(tmp_path, url)
    finally:
        restrict(server, copies.name, needed)
    assert (found.first, found.cause) == ("rights", "refused_permission"), found.output
    assert "bizuno-bridge grants" in found.checks["rights"]["remedy"]


def test_an_account_that_may_do_too_much_is_told(
    server: mariadb.Server, copies: Copies, tmp_path: Path
) -> None:
    copies.restore()
    found = here(tmp_path, server.url(copies.name))
    assert found.ok
    assert found.checks["least rights"]["state"] == "warning"
    assert "ALL PRIVILEGES" in found.checks["least rights"]["text"]


def test_a_wrong_table_prefix_is_told(shop_url: str, tmp_path: Path) -> None:
    found = here(tmp_path, shop_url, "table_prefix = shop_\n")
    assert (found.first, found.cause) == ("tables", "refused_data")
    assert "shop_posts" in found.checks["tables"]["text"]


def test_a_missing_column_is_told(database_url: str, tmp_path: Path) -> None:
    shop = Shop.of(shop_config(database_url, tmp_path))
    with shop.database.transaction() as conn:
        shop.tables.metadata.create_all(conn)
        conn.execute(text("ALTER TABLE wp_posts DROP COLUMN pinged"))
    shop.database.dispose()
    found = here(tmp_path, database_url)
    assert (found.first, found.cause) == ("columns", "refused_data")
    assert "wp_posts.pinged" in found.checks["columns"]["text"]


def test_another_woocommerce_is_a_warning(shop: Shop, tmp_path: Path) -> None:
    options = shop.tables.options
    with shop.database.transaction() as conn:
        conn.execute(
            update(options)
            .where(options.c.option_name == "woocommerce_version")
            .values(option_value="12.1.0")
        )
    found = here(tmp_path, shop.config.database)
    assert found.ok and found.checks["versions"]["state"] == "warning"


def test_uploads_that_are_not_there_are_told(place: Place, tmp_path: Path) -> None:
    lines = f"[bridge]\ndatabase = {place.shop}\nuploads = {tmp_path / 'none'}\n"
    found = examined(main, tmp_path / "bridge.ini", lines, "--local")
    assert (found.first, found.cause) == ("uploads", "setting")


def test_a_full_disk_is_told() -> None:
    assert local._disk(5000).state == "ok"
    assert local._disk(500).state == "warning"
    assert local._disk(50).state == "failed"


def test_an_object_cache_is_a_warning(place: Place, tmp_path: Path) -> None:
    content = tmp_path / "wp-content"
    content.mkdir()
    (content / "object-cache.php").write_text("<?php")
    found = here(tmp_path, place.shop)
    assert found.checks["object cache"]["state"] == "warning"


def test_an_object_cache_that_cannot_be_reached_is_a_failure(
    shop_url: str, tmp_path: Path
) -> None:
    found = here(tmp_path, shop_url, f"object_cache = unix://{tmp_path}/none.sock\n")
    assert (found.first, found.cause) == ("object cache", "cannot_reach")


def test_without_a_portal_it_is_said(place: Place, tmp_path: Path) -> None:
    set_plugin(place, {})
    found = here(tmp_path, place.shop, "", "--body", "64")
    assert found.ok
    assert found.checks["settings"]["state"] == "warning"


def test_settings_that_cannot_be_read_are_not_called_missing(tmp_path: Path) -> None:
    found = here(tmp_path, f"sqlite:///{tmp_path / 'none'}", "", "--body", "64")
    assert (found.first, found.cause) == ("database", "cannot_reach")
    assert found.checks["settings"]["state"] == "skipped"


def test_a_token_that_cannot_be_decrypted_is_told(place: Place, tmp_path: Path) -> None:
    stored = "Y2lwaGVydGV4dDo6MDEyMzQ1Njc4OWFiY2RlZg=="
    set_plugin(place, {"url": place.portal.url, "api_token": stored})
    found = here(tmp_path, place.shop, "", "--body", "64")
    assert (found.first, found.cause) == ("settings", "setting")
    assert stored not in found.output


def test_the_plugins_own_settings_are_used(place: Place, tmp_path: Path) -> None:
    set_plugin(place, {"url": place.portal.url, "api_token": API_TOKEN})
    found = here(tmp_path, place.shop, "", "--body", "64")
    assert found.ok, found.output
    assert found.checks["credentials"]["state"] == "ok"


def test_the_plugins_token_is_decrypted_with_the_salts_of_wp_config(
    place: Place, tmp_path: Path
) -> None:
    key = "put a key of thirty-two letters here, or more"
    file = tmp_path / "wp-config.php"
    file.write_text(f"<?php define('AUTH_KEY', '{key}'); define('AUTH_SALT', 'salt');")
    stored = encrypted(API_TOKEN, key)
    set_plugin(place, {"url": place.portal.url, "api_token": stored})
    found = here(tmp_path, place.shop, f"wp_config = {file}\n", "--body", "64")
    assert found.ok, found.output
    assert found.checks["credentials"]["state"] == "ok"
    assert API_TOKEN not in found.output and key not in found.output


def test_a_token_that_firewalls_refuse_is_told(place: Place, tmp_path: Path) -> None:
    set_plugin(place, {"url": place.portal.url, "api_token": "tök"})
    found = here(tmp_path, place.shop, "", "--body", "64")
    assert (found.first, found.cause) == ("header X-Bizuno-Token", "setting")


def set_plugin(place: Place, values: dict[str, Any]) -> None:
    shop = Shop.of(Config(bridge=BridgeConfig(database=place.shop)))
    options = shop.tables.options
    with shop.database.transaction() as conn:
        conn.execute(
            update(options)
            .where(options.c.option_name == "bizuno_api_options")
            .values(option_value=phpdata.dumps(values))
        )
    shop.database.dispose()
