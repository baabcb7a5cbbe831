"""The entry points: each half alone, both on one host, and errors in each own shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from bridge.app import create_app as create_bridge
from bridge.common.config import BridgeConfig, Config, LimitsConfig, PortalConfig
from portal.app import create_app as create_portal
from tests.support.servers import Gunicorn

REST = "/wp-json/bizuno-api/v1"


def config(folder: Path) -> Config:
    return Config(
        bridge=BridgeConfig(database=f"sqlite:///{folder / 'shop.sqlite'}"),
        portal=PortalConfig(database=f"sqlite:///{folder / 'books.sqlite'}"),
        limits=LimitsConfig(body_bytes=4096),
    )


def fail() -> Any:
    raise RuntimeError("SELECT hunter2 FROM wp_users")


def client(app: Flask) -> FlaskClient:
    app.add_url_rule("/fail", "fail", fail)
    return app.test_client()


@pytest.fixture
def bridge(tmp_path: Path) -> FlaskClient:
    return client(create_bridge(config(tmp_path)))


@pytest.fixture
def portal(tmp_path: Path) -> FlaskClient:
    return client(create_portal(config(tmp_path)))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("both")
    text = (
        f"[bridge]\ndatabase = sqlite:///{folder}/shop.sqlite\n"
        f"[portal]\ndatabase = sqlite:///{folder}/books.sqlite\n"
    )
    running = Gunicorn("application", text, folder)
    yield running.url
    running.stop()


# both on one host


def test_the_path_tells_which_half_answers(served: str) -> None:
    index = requests.get(f"{served}{REST}", timeout=10)
    assert index.status_code == 200
    assert index.headers["X-Bizuno-Bridge"] == "1"
    plain = requests.get(f"{served}/?rest_route=/bizuno-api/v1", timeout=10)
    assert plain.headers["X-Bizuno-Bridge"] == "1"
    other = requests.get(f"{served}/?bizRt=portal/api/nonsense", timeout=10)
    assert other.status_code == 404
    assert "X-Bizuno-Bridge" not in other.headers
    assert "messages" in other.json()


def test_every_endpoint_is_there_and_refuses_strangers(served: str) -> None:
    for method, address in (
        ("POST", f"{REST}/product/update"),
        ("PUT", f"{REST}/product/refresh"),
        ("POST", f"{REST}/product/sync"),
        ("POST", f"{REST}/order/confirm"),
        ("POST", "/?bizRt=portal/api/orderAdd"),
        ("GET", "/?bizRt=portal/api/shipGetRates"),
    ):
        answer = requests.request(method, f"{served}{address}", timeout=10)
        assert answer.status_code in (401, 503), f"{address}: {answer.text}"


def test_a_wrong_configuration_stops_the_server_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"\[portal\] tokenz") as caught:
        Gunicorn("portal", "[portal]\ntokenz = a\n[limits]\nbody_bytes = 1\n", tmp_path)
    assert "[limits] body_bytes" in str(caught.value)


def test_one_half_needs_nothing_of_the_other(tmp_path: Path) -> None:
    text = f"[bridge]\ndatabase = sqlite:///{tmp_path}/shop.sqlite\n"
    running = Gunicorn("bridge", text, tmp_path)
    assert requests.get(f"{running.url}{REST}", timeout=10).status_code == 200
    running.stop()
    assert not (tmp_path / "books.sqlite").exists()


@pytest.mark.parametrize(("level", "logged"), [("info", True), ("warning", False)])
def test_requests_are_logged_as_configured(
    tmp_path: Path, level: str, logged: bool
) -> None:
    text = f"[bridge]\ndatabase = sqlite:///{tmp_path}/shop.sqlite\n"
    running = Gunicorn("bridge", f"{text}[server]\nlog_level = {level}\n", tmp_path)
    requests.get(f"{running.url}{REST}?key=hunter2", timeout=10)
    running.stop()
    log = running.log.read_text("utf-8")
    assert (f"GET {REST} 200 " in log) == logged
    assert "hunter2" not in log


# the bridge's own shape


def test_the_bridge_answers_a_wrong_route_as_wordpress_does(
    bridge: FlaskClient,
) -> None:
    for answer in (bridge.get("/nowhere"), bridge.get(f"{REST}/product/update")):
        assert answer.status_code == 404
        assert answer.headers["X-Bizuno-Bridge"] == "1"
        assert answer.get_json() == {
            "code": "rest_no_route",
            "message": "No route was found matching the URL and request method.",
            "data": {"status": 404},
        }


def test_the_bridge_takes_addresses_without_rewriting(bridge: FlaskClient) -> None:
    for address in (
        "/?rest_route=/bizuno-api/v1",
        "/index.php?rest_route=/bizuno-api/v1/",
        "/index.php?rest_route=%2Fbizuno-api%2Fv1",
        f"{REST}/",
    ):
        assert bridge.get(address).status_code == 200, address


def test_the_bridge_shows_an_internal_error_as_a_message(bridge: FlaskClient) -> None:
    answer = bridge.get("/fail")
    assert answer.status_code == 500
    assert answer.get_json()["result"] == "Fail"
    (entry,) = answer.get_json()["message"]["error"]
    assert entry["code"] == "internal_error"
    assert "hunter2" not in answer.text and "Runtime" not in answer.text


# the portal's own shape


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?bizRt=",
        "/?bizRt=portal/api",
        "/?bizRt=portal/api/",
        "/?bizRt=portal/api/nonsense",
        "/?bizRt=portal/api/orderAdd/",
        "/?bizRt=other/api/orderAdd",
        "/?bizRt=bizuno/main/bizunoHome",
        "/?bizRt[]=portal/api/orderAdd",
        "/nowhere",
    ],
)
def test_the_portal_answers_a_wrong_route_as_json(
    portal: FlaskClient, address: str
) -> None:
    answer = portal.post(address)
    assert answer.status_code == 404
    body = answer.get_json()
    assert body["result"] == "Fail" and body["ID"] is None
    assert body["messages"]["error"]
    assert "message" not in body


def test_the_portal_names_the_right_method(portal: FlaskClient) -> None:
    answer = portal.get("/?bizRt=portal/api/orderAdd")
    assert answer.status_code == 405
    assert answer.get_json()["messages"]["error"][0]["text"] == "orderAdd takes POST."
    assert portal.put("/?bizRt=portal/api/shipGetRates").status_code == 405


def test_the_portal_shows_an_internal_error_as_a_message(portal: FlaskClient) -> None:
    answer = portal.get("/fail")
    assert answer.status_code == 500
    body = answer.get_json()
    assert (body["result"], body["ID"]) == ("Fail", None)
    assert "message" not in body
    assert "hunter2" not in answer.text


def test_a_refusal_of_rates_keeps_the_shape_of_rates(portal: FlaskClient) -> None:
    body = portal.put("/?bizRt=portal/api/shipGetRates").get_json()
    assert body["rates"] == [] and body["pkg"] == {"destination": {}}
    assert "message" not in body


# without a database


def test_both_start_without_their_database_and_say_so(tmp_path: Path) -> None:
    nowhere = "mysql+pymysql://u:hunter2@127.0.0.1:1/none"
    gone = Config(
        bridge=BridgeConfig(database=nowhere), portal=PortalConfig(database=nowhere)
    )
    headers = {"email": "a@example.com", "pass": "x", "X-Bizuno-Token": "x"}
    answers = [
        create_bridge(gone)
        .test_client()
        .put(f"{REST}/product/refresh", headers=headers),
        create_portal(gone)
        .test_client()
        .get("/?bizRt=portal/api/shipGetRates", headers=headers),
    ]
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert "cannot be reached" in answer.text
        assert "hunter2" not in answer.text
