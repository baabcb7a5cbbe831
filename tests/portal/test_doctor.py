"""The portal's doctor: the way to a store through a real nginx, and this side."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text

from bridge.common.config import BridgeConfig, Config
from bridge.common.sample import STORE_EMAIL, STORE_PASSWORD
from bridge.sample import create_sample as create_shop
from bridge.sample.people import READER_APP_PASSWORD
from bridge.shop import Shop
from portal.cli import main
from portal.sample import create_sample as create_books
from portal.tokens import show_time
from tests.support import nginx
from tests.support.examined import Found, content, examined
from tests.support.nginx import needs_nginx
from tests.support.peers import Peer, certificate, reply
from tests.support.servers import Gunicorn, free_port

from .conftest import books_of


@dataclass(frozen=True)
class Place:
    """A store that runs, and the portal's side of it."""

    folder: Path
    store: Gunicorn
    shop: Path
    books: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("doctor")
    file = folder / "shop.sqlite"
    config = Config(bridge=BridgeConfig(database=f"sqlite:///{file}", uploads=folder))
    shop = Shop.of(config)
    create_shop(shop)
    shop.database.dispose()
    books = books_of(f"sqlite:///{folder / 'books.sqlite'}", folder / "data")
    create_books(books)
    books.database.dispose()
    lines = f"[bridge]\ndatabase = sqlite:///{file}\nuploads = {folder}\n"
    store = Gunicorn("bridge", f"{lines}[limits]\nlogin_attempts = 0\n", folder)
    yield Place(folder, store, file, books.config.database)
    store.stop()


Front = Callable[..., nginx.Nginx]


@pytest.fixture
def front(place: Place, tmp_path: Path) -> Iterator[Front]:
    """Starts an nginx with rules before the store."""
    made: list[nginx.Nginx] = []

    def start(rules: str = "", **options: Any) -> nginx.Nginx:
        made.append(nginx.Nginx(tmp_path, place.store.port, rules, **options))
        return made[-1]

    yield start
    for one in made:
        one.stop()


def examine(place: Place, tmp_path: Path, url: str, *args: str, **store: str) -> Found:
    settings = {"email": STORE_EMAIL, "password": STORE_PASSWORD, **store}
    lines = f"[portal]\ndatabase = {place.books}\ndata = {place.folder / 'data'}\n"
    lines += f"[store]\nurl = {url}\n"
    lines += "\n".join(f"{name} = {value}" for name, value in settings.items())
    found = examined(main, tmp_path / "portal.ini", lines, "--body", "1025", *args)
    assert STORE_PASSWORD not in found.output
    return found


BLOCKS = [
    ("user agent", "if ($http_user_agent ~ bizuno) { return 403; }"),
    (
        "cache",
        "proxy_cache kept; proxy_cache_valid any 1m; "
        "proxy_ignore_headers Cache-Control;",
    ),
    ("method POST", "if ($request_method = POST) { return 405; }"),
    ("method PUT", "if ($request_method = PUT) { return 405; }"),
    ("method PUT", "limit_except GET POST { deny all; }"),
    ("header email", "if ($http_email) { return 400; }"),
    ("header pass", "if ($http_pass) { return 403; }"),
    ("header pass", "if ($http_pass) { return 444; }"),
    ("header email", 'proxy_set_header email "";'),
    ("header pass", 'proxy_set_header pass "";'),
    ("empty parameter", 'if ($args ~ "=(&|$)") { return 403; }'),
    ("encoding", 'if ($args ~ "%[89A-F]") { return 406; }'),
    ("body size", "client_max_body_size 300k;"),
]


@needs_nginx
@pytest.mark.parametrize(("name", "rules"), BLOCKS)
def test_the_ingredient_that_is_eaten_is_named(
    place: Place, tmp_path: Path, front: Front, name: str, rules: str
) -> None:
    found = examine(place, tmp_path, front(rules).url)
    assert (found.first, found.cause) == (name, "eaten"), found.output
    failed = [key for key, state in found.states().items() if state == "failed"]
    assert failed == [name], found.output


@needs_nginx
def test_a_free_way_is_well(place: Place, tmp_path: Path, front: Front) -> None:
    before = content(f"sqlite:///{place.shop}")
    found = examine(place, tmp_path, front().url)
    assert found.ok, found.output
    states = found.states()
    assert states.pop("rights") == states.pop("tls") == "skipped"
    assert set(states.values()) == {"ok"}
    assert content(f"sqlite:///{place.shop}") == before


@needs_nginx
def test_a_known_loss_can_be_accepted(
    place: Place, tmp_path: Path, front: Front
) -> None:
    url = front('if ($args ~ "=(&|$)") { return 403; }').url
    found = examine(place, tmp_path, url, "--accept", "empty parameter")
    assert found.ok
    assert found.checks["empty parameter"]["state"] == "warning"


@needs_nginx
@pytest.mark.parametrize(
    ("rules", "cause", "said"),
    [
        ("return 301 https://elsewhere.example$request_uri;", "setting", "leads to"),
        ("return 503;", "cannot_reach", "status 503"),
        ("return 200 'Welcome';", "cannot_reach", "does not answer"),
        ("return 444;", "cannot_reach", "connection broke"),
        (
            "auth_basic x; auth_basic_user_file /dev/null;",
            "refused_credentials",
            "password of the web server",
        ),
        ('rewrite ^ "/wp-json/other" break;', "setting", "not bizuno-api/v1"),
    ],
)
def test_what_is_not_the_store_at_all_is_told_apart(
    place: Place, tmp_path: Path, front: Front, rules: str, cause: str, said: str
) -> None:
    found = examine(place, tmp_path, front(rules).url)
    assert (found.first, found.cause) == ("http", cause), found.output
    assert said in found.checks["http"]["text"]
    assert found.checks["credentials"]["state"] == "skipped"


@needs_nginx
def test_a_certificate_of_ones_own_needs_to_be_known(
    place: Place, tmp_path: Path, front: Front
) -> None:
    _, public = certificate(tmp_path)
    url = front(certificate=(public, tmp_path / "private.pem")).url
    found = examine(place, tmp_path, url)
    assert (found.first, found.cause) == ("tls", "cannot_reach")
    assert "[store] ca" in found.checks["tls"]["remedy"]
    assert found.checks["http"]["state"] == "skipped"
    found = examine(place, tmp_path, url, ca=str(public))
    assert found.ok
    # it is good for one more day only
    assert found.checks["tls"]["state"] == "warning"


def test_nobody_listening_is_told(place: Place, tmp_path: Path) -> None:
    found = examine(place, tmp_path, f"http://127.0.0.1:{free_port()}")
    assert (found.first, found.cause) == ("tcp", "cannot_reach")


@pytest.mark.parametrize("host", ["shop.invalid", "shop..example"])
def test_an_unknown_name_is_told(place: Place, tmp_path: Path, host: str) -> None:
    found = examine(place, tmp_path, f"https://{host}")
    assert (found.first, found.cause) == ("dns", "cannot_reach")


def test_a_port_without_tls_is_told(place: Place, tmp_path: Path) -> None:
    url = place.store.url.replace("http:", "https:")
    found = examine(place, tmp_path, url)
    assert (found.first, found.cause) == ("tls", "cannot_reach")


def test_wrong_credentials_are_told(place: Place, tmp_path: Path) -> None:
    found = examine(place, tmp_path, place.store.url, password="wrong-one")
    assert (found.first, found.cause) == ("credentials", "refused_credentials")
    assert found.checks["body size"]["state"] == "ok"


def test_a_missing_permission_is_told(place: Place, tmp_path: Path) -> None:
    found = examine(
        place, tmp_path, place.store.url, email="reader", password="Just.reading-5"
    )
    assert (found.first, found.cause) == ("permission", "refused_permission")
    assert found.checks["credentials"]["state"] == "ok"
    assert READER_APP_PASSWORD not in found.output


def test_a_store_without_its_database_is_told(place: Place, tmp_path: Path) -> None:
    shop = Shop.of(Config(bridge=BridgeConfig(database=f"sqlite:///{place.shop}")))
    with shop.database.transaction() as conn:
        conn.execute(text("ALTER TABLE wp_posts RENAME TO aside"))
    try:
        found = examine(place, tmp_path, place.store.url)
    finally:
        with shop.database.transaction() as conn:
            conn.execute(text("ALTER TABLE aside RENAME TO wp_posts"))
        shop.database.dispose()
    assert (found.first, found.cause) == ("data", "refused_data")


def test_a_store_that_runs_the_plugin_is_recognised(
    place: Place, tmp_path: Path
) -> None:
    refused = {"code": "rest_forbidden", "message": "Insufficient permissions."}
    body = json.dumps({**refused, "data": {"status": 403}}).encode()
    peer = Peer(reply(body, "403 Forbidden", "application/json", f"Date: {LATE}"))
    found = examine(place, tmp_path, peer.url)
    peer.close()
    assert "PHP plugin" in found.checks["http"]["text"]
    assert (found.first, found.cause) == ("permission", "refused_permission")
    assert "ahead of" in found.checks["clock"]["text"]
    assert found.checks["clock"]["state"] == "warning"


LATE = "Fri, 01 Jan 2999 00:00:00 GMT"


def test_wrong_credentials_are_sent_as_seldom_as_can_be(
    place: Place, tmp_path: Path
) -> None:
    """A store counts them as attempts to break in."""
    refused = {"code": "rest_forbidden", "message": "Invalid credentials."}
    body = json.dumps({**refused, "data": {"status": 401}}).encode()
    peer = Peer(reply(body, "401 Unauthorized"))
    examine(place, tmp_path, peer.url)
    peer.close()
    both = [r for r in peer.requests if b"\nemail:" in r and b"\npass:" in r]
    assert len(both) == 1
    assert all(b"\nAuthorization:" not in request for request in peer.requests)


# this side


def local(tmp_path: Path, lines: str) -> Found:
    return examined(main, tmp_path / "portal.ini", lines, "--local")


def test_this_side_alone_is_checked(sample_url: str, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    lines = f"[portal]\ndatabase = {sample_url}\ndata = {tmp_path}\n"
    found = local(tmp_path, lines)
    assert found.ok, found.output
    wanted = {"database", "tables", "columns", "rights", "tokens", "api user"}
    assert wanted <= set(found.checks) and "dns" not in found.checks


@pytest.mark.parametrize(
    ("account", "cause"),
    [
        ("nobody:wrong@localhost", "refused_credentials"),
        ("nobody@127.0.0.1:1", "cannot_reach"),
    ],
)
def test_a_database_that_lets_nobody_in_is_told(
    server: Any, tmp_path: Path, account: str, cause: str
) -> None:
    socket = f"?unix_socket={server.socket}" if "localhost" in account else ""
    url = f"mysql+pymysql://{account}/books{socket}"
    found = local(tmp_path, f"[portal]\ndatabase = {url}\n")
    assert (found.first, found.cause) == ("database", cause), found.output
    assert "wrong" not in found.output


def test_an_unknown_database_is_told(server: Any, tmp_path: Path) -> None:
    found = local(tmp_path, f"[portal]\ndatabase = {server.url('nowhere')}\n")
    assert (found.first, found.cause) == ("database", "refused_data")


def test_an_embedded_database_is_not_made_by_looking(tmp_path: Path) -> None:
    file = tmp_path / "none.sqlite"
    found = local(tmp_path, f"[portal]\ndatabase = sqlite:///{file}\n")
    assert (found.first, found.cause) == ("database", "cannot_reach")
    assert not file.exists()


@pytest.mark.parametrize(("days", "state"), [(7, "warning"), (30, "ok")])
def test_the_last_token_that_ends_soon_is_told(
    sample_url: str, tmp_path: Path, days: int, state: str
) -> None:
    books = books_of(sample_url, tmp_path)
    with books.database.transaction() as conn:
        conn.execute(text("DELETE FROM configuration WHERE config_key = 'api'"))
        end = int(time.time()) + days * 86400
        books.tokens.add(conn, "last", not_after=end)
        books.tokens.add(conn, "over", not_after=end - 86400)
    books.database.dispose()
    found = local(tmp_path, f"[portal]\ndatabase = {sample_url}\ndata = {tmp_path}\n")
    assert found.checks["tokens"]["state"] == state
    assert show_time(end) in found.checks["tokens"]["text"] or state == "ok"


def test_looking_makes_no_table(sample_url: str, tmp_path: Path) -> None:
    books = books_of(sample_url, tmp_path)
    with books.database.transaction() as conn:
        books.ledger.metadata.drop_all(conn)
    found = local(tmp_path, f"[portal]\ndatabase = {sample_url}\ndata = {tmp_path}\n")
    assert found.ok, found.output
    with books.database.read() as conn:
        assert not inspect(conn).has_table(books.tokens.table.name)
    books.database.dispose()


def test_tables_of_our_own_that_lack_a_column_are_told(
    sample_url: str, tmp_path: Path
) -> None:
    books = books_of(sample_url, tmp_path)
    with books.database.transaction() as conn:
        conn.execute(text("ALTER TABLE bizuno_portal_tokens DROP COLUMN key_check"))
    books.database.dispose()
    found = local(tmp_path, f"[portal]\ndatabase = {sample_url}\ndata = {tmp_path}\n")
    assert (found.first, found.cause) == ("own tables", "refused_data")


def test_missing_settings_of_bizuno_are_told(sample_url: str, tmp_path: Path) -> None:
    books = books_of(sample_url, tmp_path)
    with books.database.transaction() as conn:
        conn.execute(text("DELETE FROM configuration WHERE config_key = 'api'"))
        conn.execute(text("DELETE FROM journal_periods"))
    books.database.dispose()
    found = local(tmp_path, f"[portal]\ndatabase = {sample_url}\ndata = {tmp_path}\n")
    failed = {name for name, state in found.states().items() if state == "failed"}
    assert failed == {"tokens", "api user", "fiscal period"}
    assert found.checks["pictures"]["state"] == "warning"


def test_people_read_what_to_mend_first(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "portal.ini"
    file.write_text(
        f"[portal]\ndatabase = {place.books}\ndata = {place.folder}\n"
        f"[store]\nurl = http://127.0.0.1:{free_port()}\nemail = a\npassword = b\n",
        "utf-8",
    )
    done = CliRunner().invoke(main, ["--config", str(file), "doctor"])
    assert done.exit_code == 3
    assert "FAILED  tcp" in done.output and "-> Check [store] url" in done.output
    assert done.output.strip().endswith("Mend this first: tcp (cannot be reached).")
