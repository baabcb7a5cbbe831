"""How long a refusal takes tells nobody whether the user exists or who they are."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

import pytest
from flask.testing import FlaskClient

from bridge import auth
from bridge.app import create_app
from bridge.common.config import Config
from bridge.common.sample import STORE_EMAIL
from bridge.sample.people import READER_APP_PASSWORD, USERS
from bridge.shop import EXTENSION

READER = next(user for user in USERS if user.login == "reader")
KINDS = {
    "wrong password": (STORE_EMAIL, "wrong"),
    "unknown user": ("nobody@ridgeline.example", "wrong"),
    "no capability": (READER.email, READER.password),
    "no capability, application password": (READER.email, READER_APP_PASSWORD),
    "wrong password, phpass": ("contributor", "wrong"),
    "wrong password, md5": ("counter", "wrong"),
    "no text": ("\xff\xfe", "wrong"),
    "too long": (STORE_EMAIL, "x" * 5000),
}


@pytest.fixture
def client(sample_config: Config) -> FlaskClient:
    app = create_app(sample_config)
    app.add_url_rule("/whoami", view_func=lambda: {"id": auth.require_manager().id})
    return app.test_client()


@pytest.fixture
def sample_config(config: Config) -> Config:
    """Without a limit: what is measured here is what a refusal costs."""
    from dataclasses import replace

    return replace(config, limits=replace(config.limits, login_attempts=0))


Clock = Callable[[], float]


def seconds(client: FlaskClient, email: str, password: str, clock: Clock) -> float:
    environ = {"HTTP_EMAIL": email, "HTTP_PASS": password}
    started = clock()
    answer = client.get("/whoami", environ_overrides=environ)
    taken = clock() - started
    assert answer.status_code in (401, 403)
    return taken


def measure(
    client: FlaskClient, times: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """All kinds in turn and in random order, so that noise hits them alike."""
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(times):
        for kind in random.sample(list(KINDS), len(KINDS)):
            found[kind].append(seconds(client, *KINDS[kind], clock))
    return found


def told_apart(these: Sequence[float], those: Sequence[float]) -> float:
    """How often one of these is slower than one of those; 0.5 when nobody can tell."""
    wins = sum((a > b) + (a == b) / 2 for a in these for b in those)
    return wins / (len(these) * len(those))


def test_every_refusal_costs_the_same_work(client: FlaskClient) -> None:
    """Work is time of this thread alone: others on the machine do not count."""
    found = measure(client, 4, time.thread_time)
    client.application.extensions[EXTENSION].database.dispose()
    quickest = {kind: min(times) for kind, times in found.items()}
    assert max(quickest.values()) < 1.5 * min(quickest.values()), quickest


def test_no_refusal_comes_before_its_step(client: FlaskClient) -> None:
    found = measure(client, 2)
    client.application.extensions[EXTENSION].database.dispose()
    assert min(min(times) for times in found.values()) >= auth.REFUSAL_STEP_SECONDS


@pytest.mark.slow
def test_no_kind_of_refusal_can_be_told_by_its_time(client: FlaskClient) -> None:
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    suspects: dict[str, float] = {}
    for _ in range(3):  # another process on the machine must not decide this
        for kind, times in measure(client, 30).items():
            found[kind] += times
        known = found["wrong password"]
        chances = {kind: told_apart(times, known) for kind, times in found.items()}
        suspects = {k: c for k, c in chances.items() if not 0.3 < c < 0.7}
        if not suspects:
            break
    client.application.extensions[EXTENSION].database.dispose()
    assert suspects == {}
