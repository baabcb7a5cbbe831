"""WooCommerce's own webhooks: signed hints that an order changed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.common.config import Config
from bridge.export import hint, waiting
from bridge.shop import Shop

from .conftest import shop_config
from .orders import content, look, set_order_status
from .receiver import Listen, Receiver, Say, listen
from .test_export import change, mark_of

__all__ = ["listen"]  # a fixture
SECRET = "s3cret & <quoted> – ü"


@pytest.fixture
def receiver(listen: Listen) -> Receiver:
    return listen()


@pytest.fixture
def config(shop_url: str, tmp_path: Any, receiver: Receiver) -> Config:
    return shop_config(
        shop_url,
        tmp_path,
        portal_url=receiver.url,
        portal_token="tok",
        webhook_secret=SECRET,
    )


def signature(body: bytes, secret: str = SECRET) -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def hook(client: FlaskClient, body: Any, signed: str | None = None) -> TestResponse:
    """A call as WooCommerce makes it; ``signed`` replaces the right signature."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Signature": signature(raw) if signed is None else signed,
    }
    return client.post(
        "/hooks/orders", data=raw, headers=headers, content_type="application/json"
    )


def said(answer: TestResponse) -> str:
    body = answer.get_json()
    text: str = body["message"]["info"][0]["text"]
    return text


def test_a_signed_hint_sends_the_order_as_the_database_has_it(
    bridge_client: FlaskClient, shop: Shop, receiver: Receiver
) -> None:
    answer = hook(bridge_client, {"id": 3044, "total": "0.01", "status": "cancelled"})
    assert answer.status_code == 200
    assert said(answer) == "3044: recorded in Bizuno as SO00001 (ID 17)."
    assert receiver.orders[0].form["General"]["OrderTotal"] == "79.40"
    assert mark_of(shop)["hpos"] == ["yes"]


def test_the_same_hint_again_sends_nothing(
    bridge_client: FlaskClient, receiver: Receiver
) -> None:
    hook(bridge_client, {"id": 3044})
    answer = hook(bridge_client, {"id": 3044})
    assert said(answer) == "3044: there is nothing to send."
    assert len(receiver.orders) == 1


def test_a_hint_of_an_edit_sends_what_it_is_now(
    bridge_client: FlaskClient, shop: Shop, receiver: Receiver
) -> None:
    hook(bridge_client, {"id": 3044})
    change(shop, customer_note="Ring twice.")
    hook(bridge_client, {"id": 3044})
    assert receiver.orders[1].form["General"]["OrderNotes"] == "Ring twice."


def test_a_mere_change_of_status_is_no_edit(
    bridge_client: FlaskClient, shop: Shop, receiver: Receiver
) -> None:
    hook(bridge_client, {"id": 3044})
    set_order_status(shop, 3044, "completed")
    assert "nothing to send" in said(hook(bridge_client, {"id": 3044}))
    assert len(receiver.orders) == 1


@pytest.mark.parametrize("status", ["pending", "on-hold", "cancelled", "refunded"])
def test_an_order_in_another_status_is_left_alone(
    bridge_client: FlaskClient, shop: Shop, receiver: Receiver, status: str
) -> None:
    set_order_status(shop, 3044, status)
    assert "nothing to send" in said(hook(bridge_client, {"id": 3044}))
    assert receiver.calls == []


@pytest.mark.parametrize("body", [{"id": 99999}, {"id": "x"}, {"id": [1]}, {}])
def test_a_hint_of_no_order_is_answered_and_forgotten(
    bridge_client: FlaskClient, receiver: Receiver, body: Any
) -> None:
    assert hook(bridge_client, body).status_code == 200
    assert receiver.calls == []


@pytest.mark.parametrize(
    "signed",
    ["", "x", signature(b'{"id": 3044}', "other"), signature(b'{"id": 3045}'), "é"],
)
def test_a_wrong_signature_is_refused_and_does_nothing(
    bridge_client: FlaskClient, shop: Shop, receiver: Receiver, signed: str
) -> None:
    before = content(shop)
    answer = hook(bridge_client, b'{"id": 3044}', signed)
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "webhook_signature"
    assert receiver.calls == []
    assert content(shop) == before


def test_no_signature_is_refused(bridge_client: FlaskClient) -> None:
    answer = bridge_client.post("/hooks/orders", json={"id": 3044})
    assert answer.status_code == 401


def test_the_ping_of_a_new_webhook_is_answered(
    bridge_client: FlaskClient, shop: Shop, receiver: Receiver
) -> None:
    before = content(shop)
    answer = bridge_client.post("/hooks/orders", data={"webhook_id": "12"})
    assert answer.status_code == 200
    assert receiver.calls == []
    assert content(shop) == before


def test_a_form_that_is_no_ping_needs_a_signature(bridge_client: FlaskClient) -> None:
    answer = bridge_client.post(
        "/hooks/orders", data={"webhook_id": "12", "id": "3044"}
    )
    assert answer.status_code == 401


def test_a_hint_that_cannot_be_followed_is_answered_and_found_later(
    bridge_client: FlaskClient, shop: Shop, receiver: Receiver
) -> None:
    receiver.script[:] = [Say({}, status=500)]
    answer = hook(bridge_client, {"id": 3044})
    assert answer.status_code == 200
    assert said(answer).startswith("3044: unknown:")
    assert 3044 in waiting(shop)


def test_hints_leave_threads_for_the_shop_while_bizuno_hangs(
    bridge_client: FlaskClient, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    monkeypatch.setattr(hint, "TIMEOUT_SECONDS", 0.02)
    monkeypatch.setattr(hint, "_places", threading.BoundedSemaphore(1))
    with hint._places:
        assert "left for later" in said(hook(bridge_client, {"id": 3044}))
    assert receiver.orders == []
    assert "recorded" in said(hook(bridge_client, {"id": 3044}))


def test_only_post_is_taken(bridge_client: FlaskClient) -> None:
    assert bridge_client.get("/hooks/orders").status_code == 404


class TestWithoutASecret:
    """Fails closed."""

    @pytest.fixture
    def config(self, shop_url: str, tmp_path: Any, receiver: Receiver) -> Config:
        return shop_config(
            shop_url, tmp_path, portal_url=receiver.url, portal_token="tok"
        )

    @pytest.mark.parametrize("secret", ["", SECRET])
    def test_every_hint_is_refused(
        self,
        bridge_client: FlaskClient,
        shop: Shop,
        receiver: Receiver,
        secret: str,
    ) -> None:
        notes = look(shop, 3044).private_notes
        raw = b'{"id": 3044}'
        answer = hook(bridge_client, raw, signature(raw, secret))
        assert answer.status_code == 401
        assert "webhook_secret" in answer.get_json()["message"]
        assert receiver.calls == []
        assert look(shop, 3044).private_notes == notes

    def test_the_ping_is_refused_too(self, bridge_client: FlaskClient) -> None:
        answer = bridge_client.post("/hooks/orders", data={"webhook_id": "12"})
        assert answer.status_code == 401
