"""Any sequence of calls of the three product endpoints leaves a sound shop.

A state machine sends whatever comes to its mind over HTTP and keeps its own account of
what the shop should hold. After each call that account is compared with the tables,
and the shop is checked as a whole.
"""

from __future__ import annotations

import base64
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from bridge.app import create_app
from bridge.catalog.sync import LEAST_ALLOWED
from bridge.common.config import Config
from bridge.common.sample import STORE_EMAIL
from bridge.sample.people import APP_PASSWORD
from bridge.shop import EXTENSION, Shop
from tests.bridge.catalog_model import AXES, Model
from tests.bridge.conftest import Copies, shop_config
from tests.bridge.test_media import picture
from tests.support.picturecheck import picture_findings
from tests.support.shopcheck import findings, snapshot

SHARED = Path(__file__).resolve().parents[3] / "shared"
REST = "/wp-json/bizuno-api/v1/product"
SKUS = ["SM-A", "SM-B", "SM-C"]
CHILDREN = ["SM-V1", "SM-V2", "SM-V3", "SM-C"]
BAD_PRICES = ["abc", "1,50", "0", "-3", "9" * 30]
PICTURES = [base64.b64encode(picture(n, 160)).decode() for n in (160, 320)]

prices = st.sampled_from(["5", "7.50", "12.00", "1,200.00", "9.99"])
wild = st.sampled_from(BAD_PRICES)
quantities = st.sampled_from(["0", "3", "12", "-4", "2.9"])
weights = st.sampled_from(["", "1", "0.45"])
tiers = st.sampled_from(
    [[], [{"qty": "5", "price": "4.50"}, {"qty": "2", "price": "4.8"}]]
)


def plain(sent: dict[str, Any]) -> dict[str, Any]:
    """Prices without the commas of thousands, for the model."""
    return {
        key: (
            value.replace(",", "")
            if isinstance(value, str) and "rice" in key
            else value
        )
        for key, value in sent.items()
    }


def some(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of these fields."""
    return st.fixed_dictionaries({}, optional=values)


amounts = some(
    Price=prices,
    SalePrice=st.sampled_from(["", "0", "4", "6.10", "30"]),
    QtyStock=quantities,
    Weight=weights,
    PriceTiers=tiers,
)
texts = some(
    Description=st.sampled_from(["Pump", "Größe 5", "O\"Ring's \\ x", "😀"]),
    WooCommerceCategory=st.sampled_from(["", "Alpha", "Alpha:Beta", "Gamma;Alpha"]),
    WooCommerceTags=st.sampled_from(["", "red", "red;blue"]),
    InactiveFlag=st.sampled_from(["0", "1"]),
    Attributes=st.sampled_from(
        [[], [{"index": "m", "title": "Made", "value": "here"}]]
    ),
    sendMode=st.sampled_from(["1", "2", "3"]),
)


@st.composite
def choices(draw: st.DrawFn) -> dict[str, Any]:
    """Variations in the ERP's format or the documented one."""
    axes = AXES[: draw(st.integers(1, 2))]
    options = {
        axis: draw(st.sampled_from([["S", "M"], ["S", "M", "X & L"]])) for axis in axes
    }
    rows = []
    for sku in draw(
        st.lists(st.sampled_from(CHILDREN), unique=True, min_size=1, max_size=3)
    ):
        row: dict[str, Any] = {
            "sku": sku,
            "attributes": {axis: draw(st.sampled_from(options[axis])) for axis in axes},
        }
        if draw(st.booleans()):
            row |= draw(
                some(
                    sale_price=st.sampled_from(["", "0", "4"]),
                    weight=weights,
                    stock=quantities,
                )
            )
        else:
            row |= draw(
                some(
                    regular_price=prices,
                    sale_price=st.sampled_from(["", "3"]),
                    stock_qty=quantities,
                )
            )
        rows.append(row)
    return {
        "attributes": [{"name": axis, "options": options[axis]} for axis in axes],
        "variations": rows,
    }


@st.composite
def uploads(draw: st.DrawFn) -> dict[str, Any]:
    """A product, new or known, mostly a good one."""
    sent = {
        "SKU": draw(st.sampled_from([*SKUS, "SM-V1"])),
        **draw(amounts),
        **draw(texts),
    }
    kind = draw(st.sampled_from(["si", "ms", ""]))
    if kind:
        sent["Type"] = kind
    if kind == "ms" and draw(st.integers(0, 3)):
        sent["invOptions"] = draw(choices())
        sent.setdefault("Price", "15")
    if draw(st.integers(0, 3)) == 0:
        sent |= {
            "ProductImageFilename": draw(st.sampled_from(["one.png", "two.png"])),
            "ProductImageData": draw(st.sampled_from(PICTURES)),
        }
    if draw(st.integers(0, 9)) == 0:
        sent["Price"] = draw(wild)
    return sent


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row of a refresh."""
    sku = draw(st.sampled_from([*SKUS, *CHILDREN, "SM-NONE"]))
    row = {"SKU": sku, **draw(amounts)}
    if draw(st.integers(0, 9)) == 0:
        row["Price"] = draw(wild)
    return row


class CatalogMachine(RuleBasedStateMachine):
    """A shop, and what it should hold."""

    copies: Copies
    client: FlaskClient
    shop: Shop

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.listed: list[str] = []
        self.last: tuple[str, str, Any] | None = None

    @initialize()
    def fresh(self) -> None:
        """The sample shop as it was; its own products are left alone."""
        self.copies.restore()
        uploads_folder = self.shop.config.uploads
        for file in uploads_folder.rglob("*.png"):
            file.unlink()
        names = self.shop.tables.postmeta.c
        posts = self.shop.tables.posts
        query = (
            select(names.meta_value)
            .join(posts, posts.c.ID == names.post_id)
            .where(names.meta_key == "_sku", posts.c.post_type == "product")
        )
        with self.shop.database.read() as conn:
            self.listed = [sku for sku in conn.scalars(query) if sku]
        type(self).known = set(self.fsck())

    known: set[str] = set()

    def call(self, method: str, name: str, data: Any, **query: str) -> dict[str, Any]:
        """One request; the reply, which is never an error of ours."""
        answer = self.client.open(
            f"{REST}/{name}",
            method=method,
            json={"data": data},
            query_string=query,
            headers={"email": STORE_EMAIL, "pass": APP_PASSWORD},
        )
        assert answer.status_code in (200, 422), answer.text
        reply = answer.get_json()
        assert isinstance(reply, dict)
        return reply

    # product/update

    @rule(sent=uploads(), planned=st.booleans())
    def upload(self, sent: dict[str, Any], planned: bool) -> None:
        """Upload a product; a plan of it says the same and writes nothing."""
        before = snapshot(self.shop)
        if planned:
            plan = self.call("POST", "update", sent, plan="1")
            assert snapshot(self.shop) == before
        reply = self.call("POST", "update", sent)
        (item,) = reply["items"]
        if planned:
            assert plan["items"][0]["status"] == item["status"], sent
        self.last = ("POST", "update", sent)
        if item["status"] == "refused":
            self.check_refusal(item, sent)
            assert snapshot(self.shop) == before
            return
        mine = plain(sent)
        if self.is_variation(reply["ID"]):
            self.model.update_variation(mine)
        else:
            choice = mine.get("invOptions")
            if choice:
                mine["invOptions"] = {
                    **choice,
                    "variations": [plain(row) for row in choice["variations"]],
                }
            self.model.update(reply["ID"], mine)

    def is_variation(self, ident: int) -> bool:
        posts = self.shop.tables.posts
        with self.shop.database.read() as conn:
            kind = conn.scalar(select(posts.c.post_type).where(posts.c.ID == ident))
        return kind == "product_variation"

    def check_refusal(self, item: dict[str, Any], sent: dict[str, Any]) -> None:
        """Only what is wrong is refused, and by its name."""
        code = item["code"]
        if code in ("price_format", "price_range", "zero_price"):
            assert sent["Price"] in BAD_PRICES
        elif code == "duplicate_sku":
            assert sent.get("invOptions") or self.model.in_trash(sent["SKU"])
        else:
            assert code == "parent_in_trash", item
            assert self.model.in_trash(sent["SKU"])

    @rule()
    def again(self) -> None:
        """The same call again changes nothing."""
        if self.last is None:
            return
        before = snapshot(self.shop)
        method, name, sent = self.last
        reply = self.call(method, name, sent)
        for item in reply["items"]:
            assert item["status"] not in ("created", "updated", "deleted"), item
        assert snapshot(self.shop) == before

    # product/refresh

    @rule(sent=st.lists(rows(), min_size=1, max_size=5), planned=st.booleans())
    def refresh(self, sent: list[dict[str, Any]], planned: bool) -> None:
        """Bring several up to date; the last row of a SKU counts."""
        if planned:
            before = snapshot(self.shop)
            plan = self.call("PUT", "refresh", sent, plan="1")
            assert snapshot(self.shop) == before
        reply = self.call("PUT", "refresh", sent)
        if planned:
            assert [i["status"] for i in plan["items"]] == [
                i["status"] for i in reply["items"]
            ]
        self.last = ("PUT", "refresh", sent)
        last = {row["SKU"]: at for at, row in enumerate(sent)}
        for at, (row, item) in enumerate(zip(sent, reply["items"], strict=True)):
            if last[row["SKU"]] != at:
                continue
            if item["status"] == "refused":
                assert row["Price"] in BAD_PRICES, item
            elif not self.model.live(row["SKU"]):
                assert item["status"] == "missing", item
            else:
                self.model.refresh(plain(row))

    # product/sync

    @rule(kept=st.sets(st.sampled_from(SKUS)), delete=st.booleans())
    def sync(self, kept: set[str], delete: bool) -> None:
        """Compare, and take out what is not listed and published."""
        listed = [*self.listed, *sorted(kept)]
        sent = {"syncSkus": listed, "syncDelete": "1" if delete else "0"}
        ours = [i for i in self.model.items.values() if i.status == "publish"]
        extra = {i.sku for i in ours if i.sku not in kept}
        held = {
            i.sku
            for i in ours
            if kept & {c.sku for c in i.children.values() if c.status == "publish"}
        }
        reply = self.call("POST", "sync", sent)
        self.last = ("POST", "sync", sent)
        assert extra - held <= set(reply["extra"])
        if reply["result"] == "Fail":  # variations count as well
            assert delete and len(reply["extra"]) > LEAST_ALLOWED
        elif delete:
            assert set(reply["deleted"]) >= extra - held
            for sku in extra - held:
                self.model.trash(sku)

    @rule()
    def cut_in_half(self) -> None:
        """A list that lost its end takes nothing out unless that is insisted on."""
        before = snapshot(self.shop)
        reply = self.call(
            "POST", "sync", {"syncSkus": self.listed[:2], "syncDelete": "1"}
        )
        assert reply["result"] == "Fail"
        assert {i["code"] for i in reply["items"] if i["status"] == "refused"} == {
            "sync_delete_max"
        }
        assert snapshot(self.shop) == before
        self.last = None

    # what always holds

    @invariant()
    def shop_is_sound(self) -> None:
        if not self.listed:
            return
        assert findings(self.shop) == []
        assert picture_findings(self.shop) == []
        assert self.model.differences(self.shop) == []
        assert set(self.fsck()) <= self.known

    def fsck(self) -> list[str]:
        """What the shared checker finds, where there is one."""
        return _fsck(self.copies) if (SHARED / "conformance").exists() else []


def _fsck(copies: Copies) -> list[str]:
    sys.path.insert(0, str(SHARED))
    try:
        checker = importlib.import_module("conformance.fsck_shop")
    finally:
        sys.path.remove(str(SHARED))
    copies.query(f"USE {copies.name}")
    found = checker.check(copies.conn)
    copies.query("USE information_schema")
    return [f"{one.code} {one.message}" for one in found if one.level == "error"]


@pytest.fixture(scope="module")
def machine(
    copies: Copies, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[type[CatalogMachine]]:
    """The machine on a MariaDB of its own."""
    config: Config = shop_config(copies.url, tmp_path_factory.mktemp("machine"))
    app = create_app(config)
    CatalogMachine.copies, CatalogMachine.client = copies, app.test_client()
    CatalogMachine.shop = app.extensions[EXTENSION]
    yield CatalogMachine
    CatalogMachine.shop.database.dispose()


# a shop costs too much for shrinking: a failure tells its calls as they were
ANYTHING = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def test_any_calls_leave_a_sound_shop(machine: type[CatalogMachine]) -> None:
    few = settings(ANYTHING, max_examples=4, stateful_step_count=12, derandomize=True)
    run_state_machine_as_test(machine, settings=few)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_calls_leave_a_sound_shop(machine: type[CatalogMachine]) -> None:
    many = settings(ANYTHING, max_examples=120, stateful_step_count=30)
    run_state_machine_as_test(machine, settings=many)
