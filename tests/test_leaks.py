"""No secret shows anywhere: logs, answers, ledger, processes, reprs, messages."""

from __future__ import annotations

import base64
import dataclasses
import hmac
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import requests
from sqlalchemy import MetaData, create_engine, select, update

from bridge.common import config, phpdata
from bridge.common.batch import Batch
from bridge.common.errors import ConfigError
from bridge.sample import create_sample as create_shop
from bridge.shop import Shop
from bridge.wordpress.plugin import read_plugin
from bridge.wordpress.salts import Salts
from bridge.wordpress.users import ask_logins
from portal.books import Books
from portal.sample import create_sample as create_books
from tests.bridge.test_export import encrypted
from tests.support import mariadb
from tests.support.easypost import FakeEasyPost
from tests.support.servers import ROOT, Gunicorn

MARK = "planted"
SECRETS = {
    name: f"{MARK}-{number:02}-{name.replace('_', '-')}-x7Qk-9mZt-4vRw-8bLp"
    for number, name in enumerate(
        (
            "shop_account",
            "books_account",
            "auth_key",
            "auth_salt",
            "portal_token",
            "next_token",
            "token_key",
            "store_password",
            "wrong_password",
            "wrong_token",
            "webhook_secret",
            "object_cache",
            "easypost_key",
        )
    )
}
# commands and servers by the dozen: long on a machine that does much else
pytestmark = pytest.mark.timeout(600)


def as_base64(text: str, before: int) -> str:
    """How ``text`` shows in base64 after so many other bytes, without its edges."""
    encoded = base64.b64encode(b"\0" * before + text.encode()).decode()
    return encoded[-(-before * 8 // 6) : (before + len(text)) * 8 // 6]


PLANTED = re.compile("|".join([MARK, *(as_base64(MARK, n) for n in range(3))]))
PROGRAMS = Path(sys.executable).parent
NOWHERE = "http://127.0.0.1:9"
REFRESH = "/wp-json/bizuno-api/v1/product/refresh"
RATES = "/?bizRt=portal/api/shipGetRates&postcode=78704&country=US"


@dataclass(frozen=True)
class Place:
    """Both halves on MariaDB, with a secret of its own in every place for one."""

    folder: Path
    bridge: Gunicorn
    portal: Gunicorn
    file: Path
    urls: tuple[str, str]


def text_of(
    folder: Path, urls: tuple[str, str], easypost: str, store: str, portal: str
) -> str:
    """A configuration in which every secret is a planted one.

    The portal's token is not in it: the bridge has to decrypt the plugin's.
    """
    s = SECRETS
    return f"""
[bridge]
database = {urls[0]}
uploads = {folder}
auth_key = {s["auth_key"]}
auth_salt = {s["auth_salt"]}
portal_url = {portal}
webhook_secret = {s["webhook_secret"]}
object_cache = redis://:{s["object_cache"]}@127.0.0.1:9/0
secure_site = yes
[portal]
database = {urls[1]}
data = {folder / "data"}
tokens = {s["portal_token"]} {s["next_token"]}
token_key = {s["token_key"]}
allow_query_token = yes
[rates]
origin =
    postcode = 78701
    country = US
easypost_key = {s["easypost_key"]}
easypost_url = {easypost}
[store]
url = {store}
email = manager@ridgeline.example
password = {s["store_password"]}
prefix = WC
[server]
log_level = debug
"""


def account(server: mariadb.Server, name: str, password: str) -> str:
    server.execute(
        f"CREATE OR REPLACE USER '{name}'@'localhost' IDENTIFIED BY '{password}'",
        f"GRANT ALL ON {name}.* TO '{name}'@'localhost'",
    )
    url = server.url(name)
    return url.replace("//root@", f"//{name}:{password}@")


@pytest.fixture(scope="module")
def place(
    server: mariadb.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("leaks")
    names = server.create_database(), server.create_database("utf8mb4_unicode_ci")
    urls = (
        account(server, names[0], SECRETS["shop_account"]),
        account(server, names[1], SECRETS["books_account"]),
    )
    easypost = FakeEasyPost()
    text = text_of(folder, urls, easypost.url, NOWHERE, NOWHERE)
    parsed = config.parse(text, {})
    shop, books = Shop.of(parsed), Books.of(parsed)
    create_shop(shop)
    create_books(books)
    plant(shop)
    shop.database.dispose()
    books.database.dispose()
    bridge = Gunicorn("bridge", text, folder)
    portal = Gunicorn("portal", text, folder)
    file = folder / "both.ini"
    file.write_text(
        text_of(folder, urls, easypost.url, bridge.url, portal.url), "utf-8"
    )
    yield Place(folder, bridge, portal, file, urls)
    for one in (bridge, portal):
        one.stop()
    easypost.close()
    for name in names:
        server.drop_database(name)
        server.execute(f"DROP USER '{name}'@'localhost'")


def plant(shop: Shop) -> None:
    """The store's user gets the planted password, the plugin the planted token."""
    stored = bcrypt.hashpw(SECRETS["store_password"].encode(), bcrypt.gensalt(4))
    # its 32 characters are less than the key alone, so the salt plays no part
    token = encrypted(SECRETS["portal_token"], SECRETS["auth_key"])
    users, options = shop.tables.users, shop.tables.options
    plugin = phpdata.dumps({"url": NOWHERE, "api_token": token})
    with shop.database.transaction() as conn:
        conn.execute(
            update(users)
            .where(users.c.user_login == "manager")
            .values(user_pass=stored.decode().replace("$2b$", "$2y$"))
        )
        conn.execute(
            update(options)
            .where(options.c.option_name == "bizuno_api_options")
            .values(option_value=plugin)
        )


def commands(place: Place, lines: str, **variables: str) -> str:
    """What commands say, one of each line, on both channels."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.command"],
        cwd=ROOT,
        env={**os.environ, **variables, "BIZUNO_BRIDGE_CONFIG": str(place.file)},
        input=lines,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


COMMANDS = """\
bridge doctor --accept 'object cache'
bridge doctor --accept 'object cache' --json --body 64
bridge grants
bridge export 3044
bridge gaps --ask
bridge --help
portal doctor --body 64
portal grants
portal rates --postcode 78704 --fresh --explain
portal refresh
portal refresh --all --json
portal confirm --date 2026-11-20
portal runs
portal token list
portal token retire nobody
"""
WITHOUT_DATABASE = """\
bridge doctor
bridge export 1
portal doctor --local
portal runs
"""


@pytest.fixture(scope="module")
def said(place: Place) -> list[str]:
    """Everything that was said to anybody while much was asked, rightly and wrongly."""
    s, heard = SECRETS, []
    right = {"email": "manager@ridgeline.example", "pass": s["store_password"]}
    item = {"data": [{"SKU": "RC-TUBE-700", "QtyStock": "4", "Weight": "1"}]}

    def ask(method: str, url: str, **options: Any) -> None:
        answer = requests.request(method, url, timeout=60, **options)
        heard.append(f"{answer.status_code} {answer.headers} {answer.text}")

    bridge, portal = place.bridge.url + REFRESH, place.portal.url + RATES
    ask("PUT", bridge, headers=right, json=item)
    ask("PUT", bridge, headers={**right, "pass": s["wrong_password"]}, json=item)
    ask("PUT", bridge, headers={**right, "email": s["wrong_password"]}, json=item)
    ask("PUT", bridge, headers=right, data=b"{", auth=("x", s["wrong_password"]))
    ask("PUT", f"{bridge}?pass={s['wrong_password']}", headers={"email": "x"})
    ask("GET", f"{place.bridge.url}/?pass={s['wrong_password']}", headers=right)
    for token in ("portal_token", "next_token", "wrong_token"):
        ask("GET", portal, headers={"X-Bizuno-Token": s[token]})
        ask("POST", portal, data={"token": s[token]})
        ask("GET", f"{portal}&token={s[token]}")
    order = {"General": {"PurchaseOrderID": "WC77"}}
    orders = portal.replace("shipGetRates", "orderAdd")
    ask("POST", orders, headers={"X-Bizuno-Token": s["portal_token"]}, json=order)
    for secret in ("webhook_secret", "wrong_token"):
        signed = base64.b64encode(hmac.digest(s[secret].encode(), b"id=1", "sha256"))
        headers = {"X-WC-Webhook-Signature": signed.decode()}
        ask("POST", f"{place.bridge.url}/hooks/orders", headers=headers, data={"id": 1})
    failing(place, lambda: ask("PUT", bridge, headers=right, json=item))
    heard.append(commands(place, COMMANDS))
    # nobody listens there; the address holds the password of the account
    gone = f"mysql+pymysql://x:{s['shop_account']}@127.0.0.1:9/x"
    names = [f"BIZUNO_BRIDGE_{app}_DATABASE" for app in ("BRIDGE", "PORTAL")]
    heard.append(commands(place, WITHOUT_DATABASE, **dict.fromkeys(names, gone)))
    return heard


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_showed_would_be_found(name: str) -> None:
    secret = SECRETS[name]
    for text in (secret, f"user:{secret}", f"x:{secret}", f"xy{secret}"):
        assert PLANTED.search(text)
        assert PLANTED.search(base64.b64encode(text.encode()).decode())


def failing(place: Place, ask: Any) -> None:
    """Ask while a table is away: what goes wrong unexpectedly is told, too."""
    engine = create_engine(place.urls[0])
    with engine.begin() as conn:
        conn.exec_driver_sql("RENAME TABLE wp_postmeta TO aside")
    try:
        ask()
    finally:
        with engine.begin() as conn:
            conn.exec_driver_sql("RENAME TABLE aside TO wp_postmeta")
        engine.dispose()


def test_no_answer_and_no_command_shows_a_secret(said: list[str]) -> None:
    for text in said:
        assert not PLANTED.search(text), text
    assert any('"internal_error"' in text for text in said)
    *_, told, without = said
    assert told.count("All works") == 2 and '"ok": true' in told
    # what needs the key and the cache's password failed, and said so
    assert "warning object cache" in told
    assert "refresh, run 2: " in told and "easypost: failed" in told
    assert without.count("cannot be reached") >= 4


def test_no_log_shows_a_secret(place: Place, said: list[str]) -> None:
    for server in (place.bridge, place.portal):
        log = server.log.read_text("utf-8", "replace")
        assert log.count("\n") > 10, "the log should be talkative"
        assert not PLANTED.search(log)
    assert "unhandled" in place.bridge.log.read_text("utf-8")


def test_no_table_of_our_own_holds_a_secret(place: Place, said: list[str]) -> None:
    seen = 0
    for url in place.urls:
        engine, metadata = create_engine(url), MetaData()
        metadata.reflect(engine, only=lambda name, _: "bizuno_" in name)
        with engine.connect() as conn:
            for table in metadata.tables.values():
                rows = [repr(tuple(row)) for row in conn.execute(select(table))]
                seen += len(rows)
                assert not PLANTED.search(" ".join(rows)), table.name
        engine.dispose()
    assert seen > 10


def test_no_process_shows_a_secret_in_its_arguments(
    place: Place, said: list[str]
) -> None:
    with subprocess.Popen(
        [PROGRAMS / "bizuno-portal", "refresh", "--all"],
        env={**os.environ, "BIZUNO_BRIDGE_CONFIG": str(place.file)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        seen = set()
        while running.poll() is None:
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(file.read_bytes())
                except OSError:
                    continue  # it ended meanwhile
            time.sleep(0.05)
    arguments = b"\n".join(seen).decode("utf-8", "replace")
    assert "gunicorn" in arguments and "bizuno-portal\0refresh" in arguments
    assert not PLANTED.search(arguments)


def test_every_secret_of_the_configuration_is_planted(place: Place) -> None:
    parsed = config.load(place.file)
    without = [
        field.name
        for section in (parsed.bridge, parsed.portal, parsed.rates, *parsed.stores)
        for field in dataclasses.fields(section)
        if field.metadata.get("secret")
        and MARK not in str(getattr(section, field.name))
    ]
    assert without == ["portal_token"]  # the plugin's, which is planted there


def test_no_repr_shows_a_secret(place: Place) -> None:
    parsed = config.load(place.file)
    shop, books = Shop.of(parsed), Books.of(parsed)
    with shop.database.read() as conn:
        logins = ask_logins(Batch(conn), shop.tables, "manager")()
    engine_name = repr(shop.database.engine)
    shop.database.dispose()
    salts = Salts(SECRETS["auth_key"], SECRETS["auth_salt"])
    plugin = read_plugin(
        {
            "bizuno_api_options": phpdata.dumps({"api_token": SECRETS["portal_token"]}),
            "auth_key": SECRETS["auth_key"],
        }
    )
    things = (parsed, shop, books, salts, plugin, logins, engine_name, parsed.stores)
    for thing in things:
        assert not PLANTED.search(f"{thing!r} {thing}")
    assert "$2y$" not in repr(logins)


def test_every_secret_of_the_configuration_is_kept_out_of_its_repr() -> None:
    shown = [
        f"{kind.__name__}.{field.name}"
        for kind in config.SECTIONS.values()
        for field in dataclasses.fields(kind)
        if field.metadata.get("secret") and field.repr
    ]
    assert shown == []


@pytest.mark.parametrize(
    "line",
    [
        "[store]\npassword = {secret}ü",
        "[bridge]\nportal_token = {secret}ü",
        "[bridge]\ndatabase = postgres://u:{secret}@h/d",
        "[bridge]\ndatabase = mysql+pymysql://u:{secret}@h",
        "[bridge]\nportal_url = https://u:{secret}@h/",
        "[store]\nurl = https://h/?token={secret}",
        "[store]\npassword_file = /none\npassword = {secret}",
        "[store]\n{secret}",
        "{secret}",
    ],
)
def test_no_problem_of_the_configuration_shows_a_secret(line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(line.format(secret=SECRETS["store_password"]), {})
    assert not PLANTED.search(str(caught.value))
