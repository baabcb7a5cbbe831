"""A persistent object cache: what we change is dropped from it, by real servers."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pymemcache
import pytest
import redis
from click.testing import CliRunner
from sqlalchemy import make_url

from bridge.catalog.calls import Kind, call
from bridge.cli import main
from bridge.common.checks import Cause
from bridge.common.config import Config
from bridge.common.envelope import Level, Reply
from bridge.confirm import Confirmation, Shipment, confirm_orders
from bridge.shop import Shop
from bridge.wordpress.cache_forms import find_drop_in, form_of
from bridge.wordpress.cache_keys import Stale, stale_keys
from bridge.wordpress.object_cache import ObjectCache
from tests.support.caches import CacheServer, available
from tests.support.catalog import add_simple

from .conftest import shop_config
from .products import Products

ROW = {"SKU": "CHAIN-11", "Price": "41.00"}
ORDER = 3044


def running(program: str) -> Iterator[CacheServer]:
    if not available(program):
        pytest.fail(f"no {program}: run the tests with `make test`, which installs it")
    server = CacheServer(program)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def redis_server() -> Iterator[CacheServer]:
    yield from running("redis-server")


@pytest.fixture(scope="module")
def memcached_server() -> Iterator[CacheServer]:
    yield from running("memcached")


class Cache:
    """What is in a cache, filled and looked at as a drop-in would."""

    def __init__(self, server: CacheServer) -> None:
        self.address = server.address
        self.redis = self.memcached = None
        if server.program == "memcached":
            self.memcached = pymemcache.Client(
                str(server.socket), no_delay=True, default_noreply=False
            )
            self.memcached.flush_all()
        else:
            self.redis = redis.Redis(unix_socket_path=str(server.socket))
            self.redis.flushall()

    def fill(self, *keys: str) -> None:
        for key in keys:
            if self.redis is not None:
                self.redis.set(key, "old")
            elif self.memcached is not None:
                self.memcached.set(key, "old")

    def close(self) -> None:
        (self.redis or self.memcached).close()  # type: ignore[union-attr]

    def left(self, *keys: str) -> list[str]:
        cache = self.redis or self.memcached
        assert cache is not None
        return [key for key in keys if cache.get(key) is not None]


@pytest.fixture
def cache(redis_server: CacheServer) -> Iterator[Cache]:
    made = Cache(redis_server)
    yield made
    made.close()


@pytest.fixture
def other(memcached_server: CacheServer) -> Iterator[Cache]:
    made = Cache(memcached_server)
    yield made
    made.close()


@pytest.fixture
def config(shop_url: str, tmp_path: Path, redis_server: CacheServer) -> Config:
    return shop_config(shop_url, tmp_path, object_cache=redis_server.address)


WithCache = Callable[..., Shop]


@pytest.fixture
def with_cache(shop: Shop) -> Iterator[WithCache]:
    """The same shop with another cache, or none."""
    made = []

    def make(address: str | None, **keys: Any) -> Shop:
        folder = shop.config.uploads.parent
        settings = {"object_cache": address, **keys}
        made.append(Shop.of(shop_config(shop.config.database, folder, **settings)))
        return made[-1]

    yield make
    for one in made:
        one.cache.close()
        one.database.dispose()


def refresh(shop: Shop, *rows: dict[str, str]) -> Reply:
    body = {"data": list(rows or [ROW])}
    return call(shop, Kind.REFRESH, body, {}, plan=False, source="tests")


def codes(reply: Reply) -> set[str | None]:
    entries = reply.messages.as_dict().get(Level.CAUTION.value, [])
    return {entry.get("code") for entry in entries}


def install(shop: Shop, text: str = "<?php // Redis Object Cache Drop-In") -> None:
    (shop.config.uploads.parent / "object-cache.php").write_text(text)


def drop(folder: Path, address: str, **keys: Any) -> list[str]:
    """Drop what is kept of post 12, without a shop; what went wrong."""
    settings = {"object_cache": address, **keys}
    cache = ObjectCache(shop_config("sqlite://", folder, **settings).bridge)
    form = cache.form()
    assert form is not None
    told = list(cache.drop([("posts", "12")], form))
    cache.close()
    return told


# what is dropped


def test_a_refresh_drops_what_is_kept_of_the_product_and_nothing_else(
    shop: Shop, cache: Cache
) -> None:
    ident = Products(shop)["CHAIN-11"].id
    other = Products(shop)["CHAIN-12"].id
    stale = [
        f"wp:posts:{ident}",
        f"wp:posts:post_parent-{ident}",
        f"wp:post_meta:{ident}",
        f"wp:product_visibility_relationships:{ident}",
        f"wp:product_{ident}:wc_product_{ident}_cache_prefix",
        f"wp:object_{ident}:wc_object_{ident}_cache_prefix",
        f"wp:object_{ident}:lookup_table",
        f"wp:transient:wc_var_prices_{ident}",
        f"wp:transient:wc_related_{ident}",
        "wp:transient:wc_products_onsale",
        "wp:transient:product-transient-version",
        "wp:transient:product_query-transient-version",
        "wp:posts:last_changed",
        "wp:terms:last_changed",
        "wp:timeinfo:lastpostmodified-gmt",
    ]
    kept = [
        f"wp:posts:{other}",
        f"wp:post_meta:{other}",
        "wp:users:1",
        "wp:options:alloptions",
        f"other:posts:{ident}",
    ]
    cache.fill(*stale, *kept)
    assert refresh(shop).messages.texts(Level.CAUTION) == []
    assert cache.left(*stale, *kept) == kept


def test_the_family_of_a_variation_is_dropped(shop: Shop, cache: Cache) -> None:
    products = Products(shop)
    keys = [f"wp:post_meta:{products[sku].id}" for sku in ("JERSEY-RC", "JERSEY-RC-SR")]
    cache.fill(*keys)
    refresh(shop, {"SKU": "JERSEY-RC-SR", "Price": "61.00"})
    assert cache.left(*keys) == []


def test_an_update_with_a_new_category_drops_the_tree_and_the_options(
    shop: Shop, cache: Cache
) -> None:
    with shop.database.read() as conn:
        t = shop.tables
        query = t.terms.select().where(t.terms.c.slug == "tools-care")
        term = conn.execute(query).one().term_id
    ident = Products(shop)["CHAIN-11"].id
    stale = [
        "wp:options:alloptions",
        "wp:options:notoptions",
        "wp:options:product_cat_children",
        f"wp:terms:{term}",
        f"wp:term_meta:{term}",
        "wp:product_cat:product-category-hierarchy-0",
        f"wp:product_cat:product-category-hierarchy-{term}",
        "wp:product_cat:all_ids",
        f"wp:product_cat_relationships:{ident}",
        "wp:transient:wc_term_counts",
    ]
    cache.fill(*stale)
    data = {"SKU": "CHAIN-11", "WooCommerceCategory": "Tools & Care|Brand new"}
    reply = call(shop, Kind.UPDATE, {"data": data}, {}, plan=False, source="tests")
    assert reply.success
    assert cache.left(*stale) == []


def test_a_sync_drops_what_it_removed(shop: Shop, cache: Cache) -> None:
    ident = Products(shop)["HELMET-V2"].id
    stale = [f"wp:posts:{ident}", f"wp:product_cat_relationships:{ident}"]
    cache.fill(*stale, "wp:comment:last_changed")
    asked = {"syncSkus": ["CHAIN-11"], "syncDelete": "1", "syncForce": "1"}
    call(shop, Kind.SYNC, {"data": asked}, {}, plan=False, source="tests")
    assert cache.left(*stale) == []


def test_a_confirmation_drops_the_order_and_the_counts(
    shop: Shop, cache: Cache
) -> None:
    stale = [
        f"wp:posts:{ORDER}",
        f"wp:post_meta:{ORDER}",
        "wp:orders:wc_orders_cache_prefix",
        "wp:orders_data:wc_orders_data_cache_prefix",
        "wp:orders_meta:wc_orders_meta_cache_prefix",
        "wp:default:order-count_shop_order_wc-processing",
        "wp:transient:orders-transient-version",
        "wp:comment:last_changed",
    ]
    kept = ["wp:default:order-count_shop_order_wc-failed", "wp:posts:1"]
    cache.fill(*stale, *kept)
    shipment = Shipment(f"WC{ORDER}", "Shipped", "1Z999")
    reply = confirm_orders(shop, Confirmation((shipment,)), plan=False, source="tests")
    assert reply.success, reply.messages.as_dict()
    assert cache.left(*stale, *kept) == kept


def test_what_changes_nothing_or_is_a_plan_drops_nothing(
    shop: Shop, cache: Cache
) -> None:
    refresh(shop)
    cache.fill("wp:posts:last_changed")
    refresh(shop)
    body = {"data": [{**ROW, "Price": "43.00"}]}
    call(shop, Kind.REFRESH, body, {}, plan=True, source="tests")
    assert cache.left("wp:posts:last_changed")


def test_it_is_dropped_after_the_commit_only(
    shop: Shop, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("the last statement of the transaction fails")

    cache.fill("wp:posts:last_changed")
    with monkeypatch.context() as broken:
        broken.setattr(shop.ledger, "finish", fail)
        with pytest.raises(RuntimeError):
            refresh(shop)
    assert cache.left("wp:posts:last_changed")


def test_any_number_of_products_goes_in_a_handful_of_commands(
    shop: Shop, cache: Cache
) -> None:
    rows = [{"SKU": sku, "Price": "6.00"} for sku in add_simple(shop, 200)]
    assert cache.redis is not None
    cache.redis.config_resetstat()
    refresh(shop, *rows)
    stats = cache.redis.info("commandstats")
    assert stats["cmdstat_del"]["calls"] <= 6
    assert stats["cmdstat_del"]["usec"] > 0


# how the drop-ins write their keys


@pytest.mark.parametrize(
    ("keys", "salt", "place"),
    [
        ("redis-cache", "shop_", "shop_wp:posts:{id}"),
        ("wp-redis", "shop", "shopposts:{id}"),
        ("memcached", "a salt", "asaltwp_:posts:{id}"),
        ("wp-memcached", "salt", "salt:1755000000123456:wp_:posts:{id}"),
        ("wp-memcached", "", "1755000000123456:wp_:posts:{id}"),
        (
            "w3tc_7_shop.example_0_object_0{group}{key}",
            "",
            "w3tc_7_shop.example_0_object_0posts{id}",
        ),
        ("x1{group}.{key}", "", "x1posts.{id}"),
    ],
)
@pytest.mark.parametrize("kind", ["cache", "other"])
def test_keys_are_written_as_the_drop_in_does(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    kind: str,
    keys: str,
    salt: str,
    place: str,
) -> None:
    cache: Cache = request.getfixturevalue(kind)
    stale, kept = place.format(id=12), place.format(id=1)
    cache.fill(stale, kept)
    counter = "salt:_:wp_:" if salt else "_:wp_:"
    client = cache.redis or cache.memcached
    assert client is not None
    client.set(f"{counter}WP_Object_Cache:flush_number_v4", "1755000000123456")
    told = drop(tmp_path, cache.address, object_cache_keys=keys, object_cache_salt=salt)
    assert told == []
    assert cache.left(stale, kept) == [kept]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("redis-cache", "/** Plugin Name: Redis Object Cache Drop-In */"),
        ("wp-redis", "define( 'WP_REDIS_USE_CACHE_GROUPS', false );"),
        ("memcached", "global $memcached_servers;"),
        ("wp-memcached", "$memcached_servers; var $flush_key = 'flush_number_v4';"),
        ("", "class WP_Object_Cache {}"),
    ],
)
def test_a_drop_in_is_known_by_what_stands_in_it(
    shop: Shop, name: str, text: str
) -> None:
    install(shop, f"<?php {text}")
    found = find_drop_in(shop.config)
    assert found is not None and found.name == name


@pytest.mark.parametrize(
    ("prefix", "network", "head"),
    [("wp_", None, "wp:"), ("wp_3_", None, "3:"), ("wp_", "wp_", "1:")],
)
def test_in_a_network_the_site_has_a_number(
    tmp_path: Path, prefix: str, network: str | None, head: str
) -> None:
    settings = {"table_prefix": prefix, "network_prefix": network}
    config = shop_config("sqlite:///x", tmp_path, **settings).bridge
    assert form_of(config, "redis-cache").head == head


def test_every_key_stands_there_once_and_holds_nothing_that_breaks_a_line() -> None:
    stale = Stale(
        posts=frozenset({1, 2}),
        terms=frozenset({3}),
        options=frozenset({"product_cat_children"}),
        comments=frozenset({4}),
        orders=frozenset({5}),
        statuses=frozenset({"wc-completed"}),
    )
    keys = stale_keys(stale, [(7, "product_cat"), (8, "product_tag")])
    assert len(keys) == len(set(keys))
    assert not any(" " in part for key in keys for part in key)


# a cache that does not do its part


@pytest.fixture
def silent() -> Iterator[str]:
    """A host and port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=32) as listener:
        yield "127.0.0.1:%d" % listener.getsockname()[1]


def test_a_cache_that_does_not_answer_never_fails_the_write(
    shop: Shop, with_cache: WithCache, silent: str, caplog: pytest.LogCaptureFixture
) -> None:
    started = time.monotonic()
    reply = refresh(with_cache(f"redis://:secret@{silent}"))
    assert time.monotonic() - started < 5
    assert reply.success and reply.fields["acted"] == 1
    assert Products(shop)["CHAIN-11"].metas["_price"] == "41.00"
    (text,) = reply.messages.texts(Level.CAUTION)
    assert f"Redis at {silent}, did not answer within 1 s" in text
    assert "flush the cache" in text
    assert codes(reply) == {"object_cache"}
    assert text in caplog.text
    assert "secret" not in text + caplog.text


def test_a_wrong_salt_is_noticed_where_nothing_is_found(
    with_cache: WithCache, cache: Cache
) -> None:
    cache.fill("wp:options:alloptions", "wp:posts:last_changed")
    reply = refresh(with_cache(cache.address, object_cache_salt="no_"))
    (text,) = reply.messages.texts(Level.CAUTION)
    assert "holds nothing under no_wp:options:alloptions" in text
    assert "compare [bridge] object_cache_salt" in text
    again = refresh(with_cache(cache.address), {**ROW, "Price": "42.00"})
    assert again.messages.texts(Level.CAUTION) == []


def test_whatever_else_goes_wrong_the_write_stands(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise RuntimeError("a library is broken")

    monkeypatch.setattr(shop.cache, "drop", fail)
    reply = refresh(shop)
    assert reply.success and codes(reply) == {"object_cache"}
    assert Products(shop)["CHAIN-11"].metas["_price"] == "41.00"


@pytest.mark.parametrize("kind", ["cache", "other"])
def test_any_number_of_threads_may_drop_at_once(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    full: Cache = request.getfixturevalue(kind)
    full.fill("wp:options:alloptions")
    address = full.address
    cache = ObjectCache(shop_config("sqlite://", tmp_path, object_cache=address).bridge)
    form = cache.form()
    assert form is not None
    keys = [("posts", str(ident)) for ident in range(2000)]
    with ThreadPoolExecutor(40) as threads:
        calls = [
            threads.submit(lambda: list(cache.drop(keys, form))) for _ in range(80)
        ]
        assert [call.result() for call in calls] == [[]] * 80
    cache.close()


@pytest.mark.parametrize("scheme", ["redis", "memcached"])
def test_silence_and_absence_are_told_apart(
    tmp_path: Path, silent: str, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = "127.0.0.1:%d" % listener.getsockname()[1]
    assert "did not answer" in drop(tmp_path, f"{scheme}://{silent}")[0]
    assert "cannot be reached" in drop(tmp_path, f"{scheme}://{gone}")[0]


def test_a_refusal_of_the_server_is_told(tmp_path: Path, cache: Cache) -> None:
    assert cache.redis is not None
    cache.fill("wp:options:alloptions")
    cache.redis.config_set("requirepass", "secret")
    try:
        told = drop(tmp_path, cache.address)
        assert "failed (AuthenticationError)" in told[0]
        right = cache.address.replace("unix://", "unix://:secret@")
        assert drop(tmp_path, right) == []
    finally:
        cache.redis.config_set("requirepass", "")


@pytest.mark.parametrize("program", ["redis-server", "memcached"])
def test_a_restarted_server_is_found_again(tmp_path: Path, program: str) -> None:
    server = CacheServer(program)
    settings = {"object_cache": server.address, "object_cache_keys": "redis-cache"}
    cache = ObjectCache(shop_config("sqlite://", tmp_path, **settings).bridge)
    try:
        assert [check.cause for check in cache.checks()] == [Cause.SETTING]  # empty
        server.kill()
        assert [check.cause for check in cache.checks()] == [Cause.CANNOT_REACH]
        server.start()
        assert [check.cause for check in cache.checks()] == [Cause.SETTING]
    finally:
        cache.close()
        server.stop()


def test_one_server_of_two_that_is_gone_does_not_keep_the_other_from_it(
    with_cache: WithCache, other: Cache
) -> None:
    other.fill("wp_:posts:last_changed")
    ours = with_cache("memcached://127.0.0.1:1,127.0.0.1:2")
    (there,) = with_cache(other.address).cache.servers
    ours.cache.servers[1] = there
    assert codes(refresh(ours)) == {"object_cache"}
    assert other.left("wp_:posts:last_changed") == []


# installed, configured, neither


def explained(shop: Shop, *lines: str) -> str:
    file = shop.config.uploads.parent / "config.ini"
    url = make_url(shop.config.database).render_as_string(hide_password=False)
    keys = [f"database = {url}", f"uploads = {shop.config.uploads}", *lines]
    file.write_text("\n".join(["[bridge]", *keys]), "utf-8")
    words = ["--config", str(file), "explain", "CHAIN-11"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result.output


def test_installed_and_not_configured_is_told_by_replies_and_explain(
    shop: Shop, with_cache: WithCache
) -> None:
    ours = with_cache(None)
    assert "Object cache" not in explained(shop)
    install(ours)
    assert codes(refresh(ours)) == {"object_cache_unset"}
    assert "[bridge] object_cache does not say where" in explained(shop)


def test_nothing_is_told_where_there_is_no_cache(with_cache: WithCache) -> None:
    assert refresh(with_cache(None)).messages.texts(Level.CAUTION) == []


def test_a_drop_in_of_an_unknown_kind_asks_for_its_form(
    shop: Shop, cache: Cache
) -> None:
    install(shop, "<?php class WP_Object_Cache {}")
    assert codes(refresh(shop)) == {"object_cache_unset"}


def test_explain_says_what_the_cache_holds(shop: Shop, cache: Cache) -> None:
    ident = Products(shop)["CHAIN-11"].id
    install(shop)
    address = f"object_cache = {shop.config.object_cache}"
    nothing = "holds nothing under wp:options:alloptions"
    assert nothing in explained(shop, address)
    cache.fill("wp:options:alloptions", f"wp:posts:{ident}", f"wp:post_meta:{ident}")
    assert f"holds 2 entries of product {ident}" in explained(shop, address)
    assert "holds nothing under no_wp:options" in (
        explained(shop, address, "object_cache_salt = no_")
    )


def test_without_a_cache_no_library_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; import bridge.app; from bridge.common.config import Config;"
        "bridge.app.create_app(Config());"
        "assert not {'redis', 'pymemcache'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
